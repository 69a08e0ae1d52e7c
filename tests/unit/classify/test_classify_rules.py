"""Rules, language choice, cues and priority: pure functions of the domain, in six languages."""

import pytest

from contracts.messages import Head, Labels
from services.classify.domain import cues, rules
from services.classify.domain.languages import decide
from services.classify.domain.priority import priority
from services.classify.domain.words import english, french, german, italian, portuguese, spanish
from services.classify.models.features import readable, tokens
from services.classify.models.linear import LinearModel


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return LinearModel.load()


def _cues(text: str, language: str) -> dict[str, cues.Cue]:
    return cues.find(tokens(readable(text)), text, 1 << cues.LANGUAGES.index(language))


def test_every_language_has_every_cue() -> None:
    lists = (english, spanish, portuguese, french, german, italian)
    assert {tuple(module.CUES) for module in lists} == {tuple(english.CUES)}


@pytest.mark.parametrize(
    ("text", "language", "rule"),
    [
        ("The charger caught fire last night", "en", "safety"),
        ("El cargador se incendió anoche", "es", "safety"),
        ("O carregador pegou fogo ontem", "pt", "safety"),
        ("Le chargeur a pris feu hier", "fr", "safety"),
        ("Das Ladegerät hat Feuer gefangen", "de", "safety"),
        ("Il caricabatterie ha preso fuoco ieri", "it", "safety"),
        ("My lawyer will write to you", "en", "legal"),
        ("Mi abogado les escribirá", "es", "legal"),
        ("O meu advogado vai escrever", "pt", "legal"),
        ("Mon avocat vous écrira", "fr", "legal"),
        ("Mein Anwalt schreibt euch", "de", "legal"),
        ("Vi scriverà il mio avvocato", "it", "legal"),
        ("I want to speak to a human please", "en", "handoff"),
        ("Por favor, quiero hablar con una persona", "es", "handoff"),
        ("Quero falar com um atendente por favor", "pt", "handoff"),
        ("Je veux parler à un humain", "fr", "handoff"),
        ("Bitte, ich will mit einem Menschen sprechen", "de", "handoff"),
        ("Vorrei parlare con una persona vera", "it", "handoff"),
        ("third time I write, still no answer", "en", "repeated_contact"),
        ("tercera vez que escribo y nadie contesta", "es", "repeated_contact"),
        ("terceira vez que escrevo e ninguém responde", "pt", "repeated_contact"),
        ("troisième fois que j'écris, personne ne répond", "fr", "repeated_contact"),
        ("schon zum dritten Mal, keine Antwort", "de", "repeated_contact"),
        ("terza volta che scrivo e nessuno risponde", "it", "repeated_contact"),
        ("I don't want to live anymore", "en", "crisis"),
        ("no quiero seguir viviendo", "es", "crisis"),
        ("não quero mais viver", "pt", "crisis"),
        ("je n'ai plus envie de vivre", "fr", "crisis"),
        ("ich will nicht mehr leben", "de", "crisis"),
        ("non voglio più vivere", "it", "crisis"),
    ],
)
def test_a_rule_fires_in_every_language(text: str, language: str, rule: str) -> None:
    assert rule in {each.name for each in rules.fired(_cues(text, language))}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("these trainers are on fire 🔥😍", "en"),
        ("das Gift", "en"),
        ("un pain au chocolat", "fr"),
        ("der Brand", "en"),
    ],
)
def test_no_false_alarm(text: str, language: str) -> None:
    assert not rules.SAFETY_RULES & {each.name for each in rules.fired(_cues(text, language))}


def test_negation_turns_praise_round() -> None:
    assert "not_praise" in _cues("this is not good", "en")
    assert "praise" in _cues("this is good", "en")


def test_a_cue_points_at_its_words() -> None:
    text = "please give me my money back"
    cue = _cues(text, "en")["money"]
    assert text[cue.start : cue.end] in {"my money", "money back"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gracias", "es"), ("danke!", "de"), ("merci ❤️", "fr"), ("grazie", "it"), ("obrigada", "pt"), ("thanks", "en"),
        ("Where is my order?", "en"), ("¿Dónde está mi pedido?", "es"), ("Onde está o meu pedido?", "pt"),
        ("Où est ma commande ?", "fr"), ("Wo bleibt meine Bestellung?", "de"), ("Dov'è il mio ordine?", "it"),
        ("كيف يمكنني استعادة أموالي من فضلكم", "ar"), ("", "und"), ("😍😍", "und"), ("12345", "und"), ("xqzt", "und"),
    ],
)  # fmt: skip
def test_language(model: LinearModel, text: str, expected: str) -> None:
    assert model.label([text])[0].language.label == expected


def _likeliest(shares: dict[str, float]) -> str:
    return max(shares, key=shares.__getitem__)


def test_the_brands_languages_decide_between_neighbours() -> None:
    guesses = {"pt": 0.35, "es": 0.45, "gl": 0.1}
    words = ["boa", "tarde", "vale", "ate", "quando"]
    assert _likeliest(decide(words, guesses, ["pt", "en"])) == "pt"
    assert _likeliest(decide(words, guesses, ["es", "en"])) == "es"


@pytest.mark.parametrize(
    "guesses", [{}, {"en": 0.2}, {"en": 0.4, "de": 0.39, "fr": 0.2}, {"ja": 1.0}]
)
def test_language_shares_sum_to_one(guesses: dict[str, float]) -> None:
    for words in (["one"], ["one", "two", "three"]):
        found = decide(words, guesses, None)
        assert abs(sum(found.values()) - 1.0) < 1e-6
        assert min(found.values()) >= 0.0


@pytest.mark.parametrize(
    ("text", "intent", "urgency"),
    [
        ("Do you deliver to Norway?", "question", "1"),
        ("¿Tenéis talla 42?", "question purchase_intent", "1"),
        ("Vocês abrem no domingo?", "question", "1"),
        ("Vous livrez en Suisse ?", "question", "1"),
        ("Habt ihr montags offen?", "question", "1"),
        ("Avete la taglia 42?", "question purchase_intent", "1"),
        ("Thank you so much, best service ever ❤️", "praise", "0"),
        ("Gracias, sois los mejores ❤️", "praise", "0"),
        ("Obrigada, adorei! ❤️", "praise", "0"),
        ("Merci, vous êtes au top ❤️", "praise", "0"),
        ("Danke, ihr seid die Besten ❤️", "praise", "0"),
        ("Grazie, siete i migliori ❤️", "praise", "0"),
        ("The heater caught fire and burned my hand", "complaint", "3"),
        ("La estufa se incendió y me quemó la mano", "complaint", "3"),
        ("O aquecedor pegou fogo e queimou a minha mão", "complaint", "3"),
        ("Le radiateur a pris feu et m'a brûlé la main", "complaint", "3"),
        ("Der Heizlüfter hat Feuer gefangen und meine Hand verbrannt", "complaint", "3"),
        ("La stufa ha preso fuoco e mi ha ustionato la mano", "complaint", "3"),
    ],
)
def test_plain_messages_in_six_languages(
    model: LinearModel, text: str, intent: str, urgency: str
) -> None:
    labels = model.label([text])[0]
    assert (labels.intent.label, labels.urgency.label) in {
        (each, urgency) for each in intent.split()
    }
    assert labels.needs_human.label == ("true" if urgency == "3" else "false")


@pytest.mark.parametrize(
    ("text", "intents", "urgencies"),
    [
        ("Vous pourriez faire une sortie spéciale débutantes ? On est plusieurs à ne pas oser", "request question", "1"),
        ("¿La monstera variegata aguanta en un baño sin ventana o me la cargo en dos semanas? 😅", "question", "1"),
        ("Sind Hunde im Café erlaubt?", "question", "1"),
        ("Bitte auch wieder als ganze 1-kg-Tüte anbieten", "request", "01"),
        ("Toujours aussi bien reçus chez vous. Ça fait plaisir…", "praise", "0"),
        ("¿Las macetas tienen agujero de drenaje?", "question", "1"),
        ("La mía lleva un año y ya tiene siete hojas nuevas 🌿 Gracias", "praise", "0"),
        ("A equipa da loja é maravilhosa, um amor", "praise", "0"),
        ("Nice page! Promote it on https://boost.example", "spam", "0"),
        ("Boa tarde! A loja de Braga abre no domingo?", "question", "1"),
    ],
)  # fmt: skip
def test_friendly_messages_are_no_complaints(
    model: LinearModel, text: str, intents: str, urgencies: str
) -> None:
    labels = model.label([text])[0]
    assert labels.intent.label in intents.split()
    assert labels.urgency.label in urgencies
    assert labels.sentiment.label != "negative" or "question" in intents
    assert labels.needs_human.label == "false"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Do you sell gift vouchers?", "en"), ("Boa tarde! A loja de Braga abre no domingo?", "pt")],
)
def test_small_words_decide_where_the_identifier_hesitates(
    model: LinearModel, text: str, expected: str
) -> None:
    assert model.label([text])[0].language.label == expected


@pytest.mark.parametrize(
    ("text", "language", "cue"),
    [
        ("Vous pourriez ouvrir à Rennes ?", "fr", "poison"),
        ("me la cargo", "es", "money"),
        ("una persona gentile", "it", "late"),
        ("me dê um passo atrás", "pt", "late"),
    ],
)
def test_a_stem_does_not_catch_an_innocent_word(text: str, language: str, cue: str) -> None:
    assert cue not in _cues(text, language)


def _labels(urgency: dict[str, float], complaint: float, negative: float, human: float) -> Labels:
    def head(shares: dict[str, float]) -> Head:
        return Head(label=max(shares, key=shares.__getitem__), p=shares)

    return Labels(
        model="m",
        language=head({"en": 1.0}),
        sentiment=head({"negative": negative, "neutral": 1 - negative, "positive": 0.0}),
        intent=head({"complaint": complaint, "other": 1 - complaint}),
        urgency=head(urgency),
        needs_human=head({"true": human, "false": 1 - human}),
    )


def test_priority_spans_0_to_100_and_urgency_leads() -> None:
    assert priority(None) == 0
    assert priority(_labels({"0": 1.0}, 0.0, 0.0, 0.0)) == 0
    assert priority(_labels({"3": 1.0}, 1.0, 1.0, 1.0)) == 100
    calm_emergency = _labels({"3": 1.0}, 0.0, 0.0, 0.0)
    loud_trifle = _labels({"1": 1.0}, 1.0, 1.0, 0.5)
    assert priority(calm_emergency) > priority(loud_trifle)
