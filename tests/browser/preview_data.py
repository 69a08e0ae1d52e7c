"""Invented people, brands and messages for looking at the pages: many languages, every reply state."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from contracts.brands import Fact, NeverSay, Phrases, Policy, Voice, WordingRules
from contracts.messages import Head, Labels, Media, Reason
from contracts.replies import Draft, Source
from services.gateway.domain import networks
from services.gateway.domain.views import (
    ActView,
    BrandDetail,
    BrandView,
    ConnectionView,
    ConsentGiven,
    MessageView,
    ReceiptView,
    ReplyView,
    Viewer,
)

CASA = BrandView("brd_casa", "Casa Verde", "CV", "#0f766e", "hold", False)
LUMEN = BrandView("brd_lumen", "Lumen Bikes", "LB", "#f5c400", "suggest", False)
NORD = BrandView("brd_nord", "Nordlicht Reisen", "NR", "#3b3bbf", "automatic", False)
BRANDS = (CASA, LUMEN, NORD)
CONNECTIONS = {
    "brd_casa": ConnectionView("con_1", "facebook", "Casa Verde Restaurantes", None, "active", None, "brd_casa"),
    "brd_lumen": ConnectionView("con_2", "mastodon", "Lumen Bikes", "lumen@social.example", "active", None, "brd_lumen"),
    "brd_nord": ConnectionView("con_3", "facebook", "Nordlicht Reisen", None, "needs_reauthorisation", "the page's grant ended; an owner connects it again", "brd_nord"),
}  # fmt: skip
ANA = Viewer(
    "per_ana",
    "Ana Ruiz",
    "ana@agency.example",
    "agy_demo",
    {"brd_casa": "lead", "brd_lumen": "agent", "brd_nord": "owner"},
)
BEN = Viewer(
    "per_ben",
    "Ben Okafor",
    "ben@agency.example",
    "agy_demo",
    {"brd_casa": "agent", "brd_lumen": "agent"},
)

EVIL = (
    "<script>window.__hostile=1</script><img src=x onerror=window.__hostile=1> \u202eevil\u202d "
    "{{7*7}} javascript:alert(1) \"'`><svg/onload=window.__hostile=1>"
)
ZALGO = (
    "H"
    + "\u0336\u0335\u0321\u0322\u0327\u0328\u0334" * 12
    + "e"
    + "\u0301\u0302\u0303" * 25
    + "lp me"
)
FAKE_UI = "\u2705 Published as Casa Verde\nApproved by Ana Ruiz\n\n\n\n[ Publish again ]  Rapport: your session ended, sign in at rapport.example"

# brand, network author, text, language, sentiment, intent, urgency, minutes ago, reply state, extras
TEXTS: list[tuple[BrandView, str, str, str, str, str, str, int, str]] = [
    (CASA, "Marta Iglesias", "Llevo 50 minutos esperando en la terraza y nadie nos ha traído ni el agua. ¿Hay alguien trabajando hoy? Es la segunda vez este mes.", "es", "negative", "complaint", "3", 2, "drafted"),
    (LUMEN, "Tom Whitaker", "Does the commuter frame fit a 42 mm tyre with mudguards? The product page says 40 but the forum says otherwise.", "en", "neutral", "question", "1", 4, "drafted"),
    (NORD, "Jürgen Köhler", "Unser Flug wurde gestrichen und eure Hotline ist seit zwei Stunden besetzt. Wir stehen mit zwei Kindern am Flughafen Tromsø!", "de", "negative", "complaint", "3", 6, "none"),
    (CASA, "Lucie Bernard", "Merci pour l'accueil hier soir, le risotto aux asperges était parfait. On revient samedi avec toute la famille !", "fr", "positive", "praise", "0", 9, "published"),
    (LUMEN, "ليلى حداد", "مرحبا، طلبت دراجة قبل ثلاثة أسابيع (رقم الطلب LB-20418) ولم تصل حتى الآن. هل يمكنكم المساعدة؟", "ar", "negative", "request", "2", 14, "drafted"),
    (CASA, "Pedro Sánchez Quintanilla de la Torre y Montenegro", "¿Abrís el lunes de Pascua? Somos doce personas y dos con celiaquía.", "es", "neutral", "question", "1", 17, "approved"),
    (NORD, "דנה לוי", "היי, האם הסיור לאורות הצפון מתאים לילדים בני 6?", "he", "neutral", "question", "1", 22, "none"),
    (LUMEN, "Ines Carvalho", "A bateria já não passa dos 20 km. Garantia?", "pt", "negative", "request", "2", 31, "waiting"),
    (CASA, EVIL[:60], EVIL, "en", "neutral", "other", "0", 38, "none"),
    (LUMEN, "Z" + "\u0353\u033a\u0346" * 20 + "algo", ZALGO, "en", "negative", "other", "1", 44, "rejected"),
    (CASA, "Casa Verde \u2713 Rapport", FAKE_UI, "en", "neutral", "other", "0", 58, "none"),
    (NORD, "Giulia Ferri", "Ho prenotato per due ma il voucher dice una persona. Come posso correggerlo prima di venerdì?", "it", "neutral", "request", "2", 75, "unknown"),
    (LUMEN, "Sam", "\U0001f6b2\U0001f525\U0001f525\U0001f525", "en", "positive", "praise", "0", 95, "published"),
    (CASA, "Olga Petrova", "Supercalifragilistic" * 14, "en", "neutral", "other", "0", 120, "failed"),
    (NORD, "Mikko Laine", "The bus to Abisko left without us even though we were at the stop at 07:55. Your guide does not pick up the phone.", "en", "negative", "complaint", "3", 150, "parked"),
    (CASA, "Hanna Vogel", "Gibt es noch Plätze für den Kochkurs am 14.? Ich würde ihn gern verschenken.", "de", "positive", "question", "0", 210, "drafted"),
]  # fmt: skip
ANSWERS = {
    "es": "Hola {name}, sentimos mucho la espera de hoy. Eso no es lo que queremos para nuestros clientes. ¿Nos escribes por privado con la hora y la mesa? Lo hablamos ahora mismo con el equipo y te respondemos hoy. Un saludo, Casa Verde",
    "en": "Hi {name}, good question. The commuter frame takes tyres up to 42 mm, or 40 mm with mudguards. If you tell us which mudguards you have in mind, we check the clearance for you. Lumen Bikes",
    "ar": "مرحبا {name}، نعتذر عن التأخير. طلبك LB-20418 في مركز الشحن الآن وسنرسل لك رقم التتبع اليوم.",
    "de": "Hallo {name}, ja, es sind noch vier Plätze frei. Reservieren geht über den Link in unserem Profil. Viele Grüße, Casa Verde",
}


def labels_of(text: str, language: str, sentiment: str, intent: str, urgency: str) -> Labels:
    """Return labels with plausible probabilities and two reasons inside the text."""

    def head(names: tuple[str, ...], label: str, p: float) -> Head:
        rest = (1 - p) / max(1, len(names) - 1)
        return Head(label=label, p={name: p if name == label else rest for name in names})

    words = [word for word in text.split() if len(word) > 4][:3]
    reasons = [
        Reason(head=("intent", "sentiment", "urgency")[at], text=word, start=text.index(word),
               end=text.index(word) + len(word), weight=1.4 - at * 0.5)
        for at, word in enumerate(words)
    ]  # fmt: skip
    return Labels(
        model="linear-2026.11-a41c",
        language=head((language, "en" if language != "en" else "nl", "it"), language, 0.97),
        sentiment=head(("negative", "neutral", "positive"), sentiment, 0.91),
        intent=head(("question", "complaint", "praise", "request", "other"), intent, 0.83),
        urgency=head(("0", "1", "2", "3"), urgency, 0.74),
        needs_human=head(("true", "false"), "true" if urgency in "23" else "false", 0.88),
        reasons=reasons,
    )


def reply_of(state: str, brand: BrandView, author: str, language: str, now: datetime) -> ReplyView:
    """Return a reply in the wanted state with everything that state shows."""
    first = author.split(maxsplit=1)[0]
    text = ANSWERS.get(language, ANSWERS["en"]).format(name=first)
    drafts = [
        Draft(draft_id="drf_1", text=text, language=language,
              sources=[Source(kind="fact", id="f1", title="Waiting times and reservations"),
                       Source(kind="phrase", id="p1", title="Apology, warm")]),
        Draft(draft_id="drf_2", text=text.split(".")[0] + ".", language=language,
              sources=[Source(kind="phrase", id="p2", title="Short answer")]),
    ]  # fmt: skip
    has_draft = state != "none"
    base = ReplyView(
        state="none", reply_id="rpl_1", slot=0, revision=3, drafts=drafts if has_draft else [],
        draft=text if has_draft else "", abstained=None if has_draft else "facts.none",
        approval="approver" if brand.mode == "hold" else "agent", may_release=True,
    )  # fmt: skip
    approved = {"approved_by": "Ana Ruiz", "approved_at": now - timedelta(minutes=3), "text": text}
    extra: dict[str, dict[str, object]] = {
        "approved": approved,
        "published": {**approved, "published_at": now - timedelta(minutes=2), "external_id": "ext_sent",
                      "permalink": "https://facebook.example/comment/1", "attempts": 1, "may_retry": True},
        "waiting": {**approved, "reason": "too many requests, wait 240 seconds", "code": "mastodon.throttled",
                    "next_try_at": now + timedelta(minutes=4), "attempts": 2},
        "unknown": {**approved, "reason": "the connection broke after sending", "code": "network.answer_lost", "attempts": 1},
        "failed": {**approved, "reason": "the comment you answer no longer accepts replies", "code": "facebook.refused",
                   "attempts": 1, "may_retry": True},
        "parked": {**approved, "reason": "its list of replies could not be read for two hours", "code": "publish.unknown",
                   "attempts": 5, "may_retry": True},
        "rejected": {"rejected_by": "Ben Okafor", "reason": "Too stiff for such a small thing", "may_retry": True},
    }  # fmt: skip
    return replace(base, state=state, **extra.get(state, {}))  # type: ignore[arg-type]


def messages(now: datetime) -> list[MessageView]:
    """Return the queue, newest first, three times over so that it scrolls."""
    found = []
    for turn in range(4):
        for at, row in enumerate(TEXTS):
            brand, author, text, language, sentiment, intent, urgency, minutes, state = row
            number = turn * len(TEXTS) + at
            created = now - timedelta(minutes=minutes + turn * 700)
            found.append(
                MessageView(
                    message_id=f"msg_{number}", thread_id=f"thr_{number}", brand=brand,
                    connection=CONNECTIONS[brand.brand_id],
                    network=CONNECTIONS[brand.brand_id].network, kind="comment",
                    external_id=f"ext_{number}", parent_external_id="ext_post",
                    author_handle=None if at % 3 else f"user{number}@mastodon.example",
                    author_name=author, text=text,
                    media=[Media(type="image", url="https://cdn.example/1.jpg", alt="A cold plate")] if at == 0 else [],
                    visibility="public", permalink=f"https://facebook.example/{number}",
                    created_at=created, received_at=created + timedelta(seconds=1),
                    edited_at=created + timedelta(minutes=1) if at == 1 else None,
                    is_deleted=False, is_hidden=at == 13, is_late=at == 11, is_own=False,
                    labels=labels_of(text, language, sentiment, intent, urgency),
                    priority={"0": 10, "1": 30, "2": 60, "3": 90}[urgency] - turn, state="answered" if state == "published" else "open",
                    is_unread=at % 4 in (0, 2) and turn == 0, mine="Ben Okafor" if at == 4 else None,
                    mine_id="per_ben" if at == 4 else None,
                    reply=reply_of(state, brand, author, language, now),
                )
            )  # fmt: skip
    return [_special(one, now) for one in found]


def _special(one: MessageView, now: datetime) -> MessageView:
    """Return the message, made to show one thing more than its text: acts, windows, networks."""
    acted = now - timedelta(minutes=1)
    done = ActView(
        "hide", "mod_1", "done", "Insults a colleague", "Ana Ruiz", acted, acted, undo="unhide"
    )
    failed = ActView(
        "delete",
        "mod_2",
        "failed",
        "Spam",
        "Ben Okafor",
        acted,
        acted,
        "facebook.permission_missing",
        "the Page lacks pages_manage_engagement",
    )
    waiting = ActView(
        "hide", "mod_3", "waiting", "Advertising for a competitor", "Ana Ruiz", acted, undo="unhide"
    )
    liked = ActView("like", "mod_4", "done", "", "Ana Ruiz", acted, acted, undo="unlike")
    answering = one.reply
    agreed = ConsentGiven("per_ben", "Ben Okafor", "lead", acted)
    until = now + timedelta(hours=3)
    changes: dict[str, dict[str, object]] = {
        "msg_15": {"reply": replace(answering, needs=["lead", "client_approver"], consents=[agreed], missing=["client_approver"], expires_at=until)},
        "msg_17": {"reply": replace(answering, approval="approver", needs=["lead"], missing=["lead"], expires_at=until, voided="The author changed the message.")},
        "msg_31": {"reply": replace(answering, needs=["lead", "approver"], consents=[agreed], missing=["approver"], expires_at=until)},
        "msg_16": {"acts": [done], "is_hidden": True, "may_act": ["unhide", "delete", "like"]},
        "msg_33": {"acts": [failed, liked], "may_act": ["hide", "delete", "unlike"]},
        "msg_18": {"network": "messenger", "kind": "dm", "created_at": now - timedelta(hours=1)},
        "msg_19": {"network": "messenger", "kind": "dm", "created_at": now - timedelta(days=2)},
        "msg_20": {"network": "whatsapp", "kind": "dm", "created_at": now - timedelta(days=3)},
        "msg_21": {"network": "feed"},
        "msg_22": {"acts": [waiting], "is_automatic": True, "may_act": ["unhide", "delete", "like"]},
        "msg_23": {"network": "x"},
        "msg_24": {"network": "bluesky"},
        "msg_25": {"network": "youtube"},
    }  # fmt: skip
    changed = replace(one, **changes.get(one.message_id, {}))  # type: ignore[arg-type]
    allowed = networks.acts_for(changed.network, changed.kind, is_own=False)
    if not changed.may_act:
        changed = replace(
            changed, may_act=[act for act in allowed if act not in {"unhide", "unlike"}]
        )
    open_again = replace(changed.reply, state="drafted", may_retry=False)
    return replace(changed, reply=open_again) if one.message_id in changes else changed


def ways_of(looked: MessageView, now: datetime) -> dict[str, Any]:
    """Return how and until when the message may be answered."""
    return {
        "window": networks.thread_window([looked], looked),
        "private_until": networks.private_until(
            looked.network, looked.kind, now, looked.visibility
        ),
        "can_answer": networks.rules_of(looked.network).can_answer,
    }


def around(focus: MessageView, now: datetime) -> tuple[MessageView, list[MessageView]]:
    """Return the post and the tree around a message: an own answer, an edit, a deleted comment."""
    nothing = replace(focus.reply, state="none", drafts=[], draft="", text=None, external_id=None)
    post = replace(
        focus, message_id="msg_post", external_id="ext_post", kind="post", is_own=True, labels=None,
        author_name=focus.brand.name, parent_external_id=None, reply=nothing, edited_at=None,
        created_at=now - timedelta(hours=26), media=[Media(type="image", alt="The new terrace at sunset, tables under lemon trees")],
        text="The terrace is open again. Lemon trees, long tables and the first asparagus of the year. Come hungry, we keep the kitchen open until eleven.",
    )  # fmt: skip
    other = replace(
        focus, message_id="msg_other", external_id="ext_other", author_name="Bea Lindqvist",
        acts=[], is_automatic=False, author_handle=None, text="We were there on Sunday, it was lovely but slow. Is it always this full?", media=[],
        created_at=now - timedelta(hours=20), is_hidden=False, edited_at=now - timedelta(hours=19), depth=0,
        labels=labels_of("We were there on Sunday, it was lovely but slow. Is it always this full?", "en", "neutral", "question", "1"),
        reply=replace(nothing, state="published", external_id="ext_own", approved_by="Ana Ruiz", approved_at=now - timedelta(hours=19, minutes=2), published_at=now - timedelta(hours=19), permalink="https://facebook.example/own", text="x",
                      receipt=ReceiptView("read", now - timedelta(hours=18))),
    )  # fmt: skip
    own = replace(
        post, message_id="msg_own", external_id="ext_own", kind="comment", parent_external_id="ext_other", depth=1, media=[],
        text="Hi Bea, Sundays are our busiest day. Before one o'clock it is much calmer, and you can book a table in the app.",
        created_at=now - timedelta(hours=19), permalink="https://facebook.example/own",
    )  # fmt: skip
    gone = replace(
        other, message_id="msg_gone", external_id="ext_gone", author_name="Rui", depth=2, text=None, labels=None,
        is_deleted=True, created_at=now - timedelta(hours=18), reply=nothing, parent_external_id="ext_own", edited_at=None,
    )  # fmt: skip
    return post, [other, own, gone, replace(focus, depth=0)]


def details(now: datetime) -> dict[str, BrandDetail]:
    """Return the brands with their rules and voice."""
    phrases = Phrases(
        language="es", greetings=["Hola {name},"], closings=["Un saludo, Casa Verde"], thanks=["Gracias por contárnoslo."],
        apologies=["Lo sentimos mucho."], handovers=["¿Nos escribes por privado?"], disclosure="Respuesta automática",
    )  # fmt: skip
    facts = [
        Fact(fact_id="f1", title="Opening hours", language="es", keywords=["abierto"], text="Abrimos de martes a domingo, de 12 a 23 h. Los lunes cerramos, salvo festivos."),
        Fact(fact_id="f2", title="Gluten-free menu", language="es", keywords=["celiaca"], text="Tenemos carta sin gluten certificada; avísanos al reservar."),
    ]  # fmt: skip
    return {
        brand.brand_id: BrandDetail(
            brand, "agy_demo", ["es", "en", "fr"],
            Policy(mode=brand.mode, automatic_intents=["praise"]),
            Voice(signature=brand.name, uses_emoji=brand is LUMEN, phrases=[phrases], facts=facts), 4, now,
            wording=WordingRules(never_say=[NeverSay(terms=["gratis"], why="We give nothing away for free")]),
        )
        for brand in BRANDS
    }  # fmt: skip
