"""Buckets, lateness, copies and topics: what a message counts as, without a database."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from contracts.messages import MessageReceived
from services.classify.domain.copies import WINDOW_S, CopyWindow, Sketcher
from services.classify.domain.signals import (
    COPY,
    HOSTILE,
    LATE,
    NEGATIVE,
    POSITIVE,
    TOXIC,
    UNKNOWN,
    UNLABELLED,
    Fact,
    Tally,
    Topic,
    author_hash,
    emotions_of,
    flags_of,
    message_hash,
    place,
)
from services.classify.domain.topics import FORGET_AFTER_S, MOST_GROUPS, TopicBook, terms_of
from services.classify.models.features import tokens
from services.classify.models.linear import LinearModel

AT = datetime(2026, 11, 2, 9, 0, 7, tzinfo=UTC)
BUCKET = int(AT.timestamp()) // 10 * 10
KEY = ("brd_a", BUCKET, 0)


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return LinearModel.load()


def message(**more: Any) -> MessageReceived:
    fields: dict[str, Any] = {
        "network": "facebook", "external_id": "1", "kind": "comment", "action": "created",
        "author_id": "7", "text": "hi", "created_at": AT, "received_at": AT + timedelta(seconds=2),
        "message_id": "msg_" + "1" * 32, "thread_id": "thr_1", "connection_id": "con_1", "version": "1",
    }  # fmt: skip
    return MessageReceived(**fields | more)


@pytest.mark.parametrize(
    ("more", "bucket", "is_late", "is_moved"),
    [
        ({}, BUCKET, False, False),
        ({"received_at": AT + timedelta(minutes=4)}, BUCKET, False, False),
        ({"received_at": AT + timedelta(minutes=6)}, BUCKET, True, False),
        ({"received_at": AT + timedelta(days=7)}, BUCKET, True, False),
        ({"is_late": True}, BUCKET, True, False),
        ({"created_at": AT + timedelta(seconds=50)}, BUCKET + 50, False, False),
        ({"created_at": AT + timedelta(days=3_000)}, BUCKET, True, True),
        ({"created_at": AT - timedelta(days=400)}, BUCKET, True, True),
        ({"created_at": None}, BUCKET, False, True),
    ],
)
def test_the_bucket_follows_from_the_message_alone(
    more: dict[str, Any], bucket: int, is_late: bool, is_moved: bool
) -> None:
    assert place(message(**more))[:3] == (bucket, is_late, is_moved)


@pytest.mark.parametrize(
    ("text", "counts", "never"),
    [
        ("This is terrible, a scam, you idiots!", NEGATIVE | HOSTILE | TOXIC, POSITIVE),
        ("C'est nul, bande d'idiots, remboursez-moi", NEGATIVE | HOSTILE | TOXIC, POSITIVE),
        ("My order never arrived and nobody answers", NEGATIVE | HOSTILE, TOXIC),
        ("Love it, thank you so much!", POSITIVE, HOSTILE | TOXIC),
        ("Fuck yes, I love this so much!! 😍", POSITIVE, TOXIC),
    ],
)
def test_hostile_is_negative_and_toxic_needs_rough_words(
    model: LinearModel, text: str, counts: int, never: int
) -> None:
    reading, labels = model.understand([text])[0]
    flags = flags_of(message(text=text), labels, reading.cues)
    assert flags & counts == counts
    assert not flags & never


def test_what_has_no_labels_is_unlabelled_and_who_is_unknown_is_one_person_each() -> None:
    hidden = message(author_id=None, message_id="msg_" + "2" * 32)
    other = message(author_id=None, message_id="msg_" + "3" * 32)
    assert flags_of(hidden, None, ()) == UNLABELLED | UNKNOWN
    assert author_hash(hidden) != author_hash(other)
    assert author_hash(message()) == author_hash(message(message_id="msg_" + "4" * 32))
    assert message_hash("msg_" + "f" * 32) < 2**53
    assert message_hash("something else") < 2**53


def test_emotions_are_those_that_show() -> None:
    assert emotions_of(None, ["anger", "emoji_angry", "thanks", "wh"]) == ("anger", "gratitude")
    assert emotions_of(None, ["topic"]) == ()


def test_emotions_the_model_is_sure_of_count_too(model: LinearModel) -> None:
    labels = model.label(["I am so sad and heartbroken, I cried all night"])[0]
    assert labels.emotion is not None
    assert (labels.emotion.label, emotions_of(labels, [])) == ("sadness", ("sadness",))
    doubtful = labels.model_copy(update={"unsure": ["emotion"]})
    assert emotions_of(doubtful, []) == ()


def fact(number: int, flags: int = NEGATIVE | HOSTILE, **more: Any) -> Fact:
    told: dict[str, Any] = {
        "message": number, "author": number % 3, "flags": flags, "network": "x",
        "thread_id": f"thr_{number % 2}", "message_id": f"msg_{number}",
    }  # fmt: skip
    return Fact(**told | more)


def test_folding_again_changes_nothing_and_a_stored_tally_goes_on() -> None:
    tally = Tally(KEY)
    for number in (1, 2, 3, 2, 1):
        tally.fold(fact(number), is_new_author=number == 1)
    told, fresh = tally.changes()
    tally.written()
    state = {**told, **fresh}
    again = Tally(KEY, state)
    again.fold(fact(3), is_new_author=True)
    assert not again.is_changed
    assert again.signal(AT) == tally.signal(AT)
    again.fold(fact(4, POSITIVE | LATE), is_new_author=True)
    signal = again.signal(AT)
    assert (signal.messages, signal.hostile, signal.positive, signal.late) == (4, 3, 1, 1)
    assert (signal.authors, signal.hostile_authors, signal.new_authors) == (3, 3, 2)
    assert again.changes()[1]["seen"] == [4]


def test_order_changes_no_count() -> None:
    facts = [fact(1), fact(2, POSITIVE), fact(3, NEGATIVE | HOSTILE | TOXIC), fact(1)]
    seen = set()
    for order in permutations(facts):
        tally = Tally(KEY)
        for one in order:
            tally.fold(one, is_new_author=False)
        signal = tally.signal(AT)
        seen.add((signal.messages, signal.negative, signal.toxic, signal.authors))
    assert seen == {(3, 2, 1, 3)}


def test_a_topic_brings_its_first_messages_along() -> None:
    tally = Tally(KEY)
    formed = Topic("abc", "glass baby", "msg_1", 3, 3)
    tally.fold(fact(3, topic=formed), is_new_author=False)
    tally.fold(fact(4, topic=formed._replace(messages=1, hostile=0)), is_new_author=False)
    topic = tally.signal(AT).topics[0]
    assert (topic.topic_hash, topic.messages, topic.hostile, topic.message_id) == ("abc", 4, 3, "msg_1")  # fmt: skip


def test_copies_are_found_whatever_was_changed_a_little() -> None:
    sketch, window = Sketcher().sketch, CopyWindow()
    told = "Boycott this company now, they poisoned our children and lied to everybody about it"
    varied = f"@brand {told.upper()} !!! http://x.example/17"
    other = "When does the shop in Vienna open on Sunday mornings this winter?"
    first, second, third = (sketch(tokens(text)) for text in (told, varied, other))
    assert first and second and third
    assert not window.is_copy("a", first, 1, 100)
    assert window.is_copy("a", second, 2, 160)
    assert not window.is_copy("a", third, 3, 160)
    assert not window.is_copy("a", first, 1, 170), "a message is no copy of itself"
    assert not window.is_copy("b", first, 4, 170), "brands never mix"
    assert not window.is_copy("a", first, 5, 170 + WINDOW_S + 1), "long ago"
    assert sketch(tokens("thank you so much")) is None


def test_the_window_stays_small() -> None:
    sketch, window = Sketcher().sketch, CopyWindow(most_keys=400)
    for number in range(2_000):
        found = sketch(tokens(" ".join(f"w{number * 7 + k}" for k in range(6))))
        assert found
        window.is_copy("a", found, number, number)
    assert len(window) <= 404


GLASS = {
    "en": ("There is glass in your baby food!!", "my son found glass in the baby food, disgusting", "Glass splinters in baby food, how dare you"),
    "de": ("Glassplitter im Babybrei, unfassbar!", "In eurem Babybrei sind Glassplitter", "Babybrei mit Glassplittern verkauft, Frechheit"),
    "es": ("Hay cristales en la comida para bebés!", "encontré cristales en la comida de mi bebé, qué asco", "Cristales en comida para bebes, ladrones"),
    "fr": ("Des morceaux de verre dans vos petits pots pour bébé", "du verre dans les petits pots, honte à vous", "mon bébé a trouvé du verre dans son petit pot"),
    "it": ("Pezzi di vetro negli omogeneizzati, vergogna", "vetro negli omogeneizzati di mio figlio!", "avete messo vetro negli omogeneizzati"),
    "pt": ("Vidro na comida de bebê, que vergonha", "achei vidro na comida do meu bebê", "comida de bebê com vidro dentro, absurdo"),
}  # fmt: skip
NAMED = {"en": "glass", "de": "glassplitter", "es": "cristales", "fr": "verre", "it": "vetro", "pt": "vidro"}  # fmt: skip


@pytest.mark.parametrize("language", GLASS)
def test_alike_messages_form_one_named_group_in_any_order(language: str) -> None:
    keys = set()
    for texts in permutations(GLASS[language]):
        book = TopicBook()
        joined = [
            book.assign(terms_of(tokens(text)), f"m{place}", place, is_hostile=True)
            for place, text in enumerate(texts)
        ]
        assert joined[:2] == [None, None]
        assert joined[2] is not None
        assert (joined[2].messages, joined[2].message_id) == (3, "m0")
        assert NAMED[language] in joined[2].name
        keys.add(joined[2].key)
    assert len(keys) == 1, "the hash depends on what is said, not on who was first"


def test_other_matters_stay_apart_and_the_brands_name_is_no_topic() -> None:
    book, names = TopicBook(), frozenset({"nordkost"})
    matters = ("Nordkost glass in the baby food", "Nordkost parcel delivery delayed again")
    for number in range(12):
        book.assign(terms_of(tokens(matters[number % 2]), names), f"m{number}", 1, is_hostile=True)
    assert len({group.key for group in book.groups}) == 2
    assert not any("nordkost" in group.name for group in book.groups)
    calm = book.assign(terms_of(tokens("is there glass in the baby food?")), "m99", 2, is_hostile=False)  # fmt: skip
    assert calm is not None
    assert (calm.messages, calm.hostile) == (1, 0)


def test_a_book_stays_small_forgets_and_is_remembered() -> None:
    book = TopicBook()
    for text in GLASS["en"]:
        book.assign(terms_of(tokens(text)), "m", 0, is_hostile=True)
    for number in range(500):
        terms = {f"a{number}": f"a{number}", f"b{number}": f"b{number}"}
        book.assign(terms, "m", number, is_hostile=True)
    assert len(book.groups) <= MOST_GROUPS
    assert book.has_formed, "those nobody joined give way first"
    again = TopicBook.from_state(book.to_state())
    joined = again.assign(terms_of(tokens(GLASS["en"][0])), "m", 600, is_hostile=True)
    assert joined is not None
    assert joined.key == next(group.key for group in book.groups if group.key)
    book.forget(FORGET_AFTER_S + 1_000)
    assert not book.groups
    assert not book.has_formed


def test_a_copy_is_no_example() -> None:
    tally = Tally(KEY)
    tally.fold(fact(1, NEGATIVE | HOSTILE | COPY), is_new_author=False)
    tally.fold(fact(2), is_new_author=False)
    assert tally.signal(AT).examples == ["msg_2"]
