"""What is counted about a brand's messages: the bucket a message belongs to, what it adds, and the totals.

A `Tally` is the total of one shard of one bucket. Copies and topics are found next door; nothing is stored here.
"""

import hashlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from contracts.messages import Labels, MessageReceived
from contracts.storms import BUCKET_S, SignalObserved, ThreadCount, TopicCount

NEGATIVE, POSITIVE, TOXIC, HOSTILE, UNLABELLED, REPOST, COPY, LATE, UNKNOWN = (
    1 << place for place in range(9)
)
COUNTED = {
    "negative": NEGATIVE, "positive": POSITIVE, "toxic": TOXIC, "hostile": HOSTILE,
    "unlabelled": UNLABELLED, "reposts": REPOST, "near_copies": COPY, "late": LATE,
}  # fmt: skip
LATE_AFTER_S = 300
AHEAD_S = 60
LONG_PAST_S = 366 * 86_400
PEOPLE_NAMED, EXAMPLES, SHOWN = 64, 3, 5
KEPT_THREADS = 64
_HASH_BITS = 53
_SHOWN_BY = {
    "anger": ("anger", "swear", "emoji_angry"),
    "sadness": ("emoji_sad",),
    "mockery": ("irony", "emoji_sneer"),
    "joy": ("emoji_happy", "emoji_love"),
    "gratitude": ("thanks",),
}
_EMOTION_OF = {cue: emotion for emotion, cues in _SHOWN_BY.items() for cue in cues}
Key = tuple[str, int, int]
"""Brand, bucket (seconds since 1970) and shard."""


class Place(NamedTuple):
    """The bucket of a message; `is_moved` where its own time cannot be right and the receipt counts.

    `bucket` and `received` are seconds since 1970.
    """

    bucket: int
    is_late: bool
    is_moved: bool
    received: int


class Topic(NamedTuple):
    """The group of alike messages that a message joined, and how many it brought in by joining."""

    key: str
    name: str
    message_id: str
    messages: int
    hostile: int


class Fact(NamedTuple):
    """What one message adds to its bucket. `message` and `author` are hashes; flags as above."""

    message: int
    author: int
    flags: int
    network: str
    thread_id: str
    message_id: str
    emotions: tuple[str, ...] = ()
    topic: Topic | None = None


def place(message: MessageReceived) -> Place:
    """Return the bucket by event time. Only times in the message decide, so a replay decides alike.

    A time more than a minute ahead of the receipt, more than a year before it, or none at all, puts the
    message into the bucket of its receipt; the first two are late then, as nobody knows when they were.
    """
    received = int(message.received_at.timestamp())
    if message.created_at is None:
        return Place(received // BUCKET_S * BUCKET_S, message.is_late, True, received)
    created = int(message.created_at.timestamp())
    age_s = received - created
    if -AHEAD_S <= age_s <= LONG_PAST_S:
        is_late = message.is_late or age_s > LATE_AFTER_S
        return Place(created // BUCKET_S * BUCKET_S, is_late, False, received)
    return Place(received // BUCKET_S * BUCKET_S, True, True, received)


def flags_of(message: MessageReceived, labels: Labels | None, cues: Collection[str]) -> int:
    """Return what a message counts as.

    `toxic`: the model takes the message for negative, and is sure that it offends or sees a swear word, an
    insult or an angry sign (the lexicon of domain/words). So it counts swearing at a thing, and may miss
    threats in polite words. `hostile` is negative or toxic.
    """
    flags = REPOST if (message.text or "").startswith("RT @") else 0
    if message.author_id is None and message.author_handle is None:
        flags |= UNKNOWN
    if labels is None:
        return flags | UNLABELLED
    sentiment = labels.sentiment.label
    if sentiment == "positive":
        return flags | POSITIVE
    if sentiment == "negative":
        flags |= NEGATIVE | HOSTILE
        if "swear" in cues or "emoji_angry" in cues or _is_sure(labels, "offensive", "offensive"):
            flags |= TOXIC
    return flags


def emotions_of(labels: Labels | None, cues: Collection[str]) -> tuple[str, ...]:
    """Return the emotions that a message shows: what its words or emoji say plainly, and what the model is
    sure of; most messages show none."""
    shown = {_EMOTION_OF[cue] for cue in cues if cue in _EMOTION_OF}
    if labels is not None and labels.emotion is not None:
        felt = labels.emotion.label
        if felt != "neutral" and _is_sure(labels, "emotion", felt):
            shown.add(felt)
    return tuple(sorted(shown)) if shown else ()


def _is_sure(labels: Labels, head: str, label: str) -> bool:
    """Say whether the model gives this label without a doubt."""
    answer = getattr(labels, head)
    return answer is not None and answer.label == label and head not in labels.unsure


def message_hash(message_id: str) -> int:
    """Return 53 bits of a message id (an id is a hash already)."""
    try:
        return int(message_id[4:17], 16)
    except ValueError:
        return hashed(message_id)


def author_hash(message: MessageReceived) -> int:
    """Return 53 bits that stand for a person at a network; who is unknown counts as one person each.

    Networks hide people from some apps: were they nobody, a crowd of them would look like one author.
    """
    who = message.author_id or message.author_handle
    return hashed(f"{message.network}:{who or message.message_id}")


@lru_cache(maxsize=65_536)
def hashed(text: str) -> int:
    """Return 53 bits of BLAKE2b: exact also where JSON numbers are floats."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - _HASH_BITS)


class Tally:
    """The totals of one shard of one bucket. Folding a message twice changes nothing."""

    def __init__(self, key: Key, state: Mapping[str, Any] | None = None) -> None:
        told = state or {}
        self.key = key
        self.revision = int(told.get("revision", 0))
        self.new_authors = int(told.get("new_authors", 0))
        self._seen = set(told.get("seen", ()))
        self._authors = dict.fromkeys(told.get("authors", ()))
        self._hostile = dict.fromkeys(told.get("hostile_authors", ()))
        self._kinds = {int(flags): n for flags, n in told.get("kinds", {}).items()}
        self._networks = dict(told.get("networks", {}))
        self._emotions = dict(told.get("emotions", {}))
        self._topics = {name: list(counts) for name, counts in told.get("topics", {}).items()}
        self._threads = {name: list(counts) for name, counts in told.get("threads", {}).items()}
        self._examples = list(told.get("examples", ()))
        self._fresh: tuple[list[int], list[int], list[int]] = ([], [], [])

    def fold(self, fact: Fact, *, is_new_author: bool) -> None:
        """Add a message, unless it is in already."""
        message, author, flags = fact.message, fact.author, fact.flags
        if message in self._seen:
            return
        self._seen.add(message)
        self._fresh[0].append(message)
        self._kinds[flags] = self._kinds.get(flags, 0) + 1
        self._networks[fact.network] = self._networks.get(fact.network, 0) + 1
        self.new_authors += is_new_author
        if author not in self._authors:
            self._authors[author] = None
            self._fresh[1].append(author)
        thread = self._threads.get(fact.thread_id)
        if thread is None:
            thread = self._threads[fact.thread_id] = [fact.message_id, 0, 0]
        thread[1] += 1
        for emotion in fact.emotions:
            self._emotions[emotion] = self._emotions.get(emotion, 0) + 1
        if flags & HOSTILE:
            self._fold_hostile(fact, thread)
        if fact.topic is not None:
            self._fold_topic(fact.topic)

    def _fold_hostile(self, fact: Fact, thread: list[Any]) -> None:
        if thread[2] == 0:
            thread[0] = fact.message_id
        thread[2] += 1
        if fact.author not in self._hostile:
            self._hostile[fact.author] = None
            self._fresh[2].append(fact.author)
        if len(self._examples) < EXAMPLES and not fact.flags & COPY:
            self._examples.append(fact.message_id)

    def _fold_topic(self, topic: Topic) -> None:
        counts = self._topics.setdefault(topic.key, [topic.name, 0, 0, topic.message_id])
        counts[1] += topic.messages
        counts[2] += topic.hostile

    @property
    def is_changed(self) -> bool:
        """Whether there is something that was not written down yet."""
        return bool(self._fresh[0])

    def changes(self) -> tuple[dict[str, Any], dict[str, list[int]]]:
        """Return what to set and what to append, to bring the stored state up to this one."""
        threads = self._threads
        if len(threads) > KEPT_THREADS:
            threads = dict(sorted(threads.items(), key=_busiest)[:KEPT_THREADS])
        fresh = zip(("seen", "authors", "hostile_authors"), self._fresh, strict=True)
        return {
            "revision": self.revision + 1,
            "new_authors": self.new_authors,
            "kinds": {str(flags): n for flags, n in self._kinds.items()},
            "networks": self._networks,
            "emotions": self._emotions,
            "topics": self._topics,
            "threads": threads,
            "examples": self._examples,
        }, {name: values for name, values in fresh if values}

    def written(self) -> None:
        """Note that the changes are stored."""
        self.revision += 1
        self._fresh = ([], [], [])

    def signal(self, observed_at: datetime) -> SignalObserved:
        """Return the totals as they are told."""
        brand_id, bucket, shard = self.key
        kinds = self._kinds.items()
        counted = {name: sum(n for f, n in kinds if f & flag) for name, flag in COUNTED.items()}
        return SignalObserved.model_construct(
            brand_id=brand_id,
            bucket_at=datetime.fromtimestamp(bucket, UTC),
            shard=shard,
            revision=self.revision,
            messages=len(self._seen),
            authors=len(self._authors),
            hostile_authors=len(self._hostile),
            new_authors=self.new_authors,
            author_hashes=list(islice(self._authors, PEOPLE_NAMED)),
            hostile_hashes=list(islice(self._hostile, PEOPLE_NAMED)),
            emotions=self._emotions.copy(),
            networks=self._networks.copy(),
            examples=self._examples.copy(),
            topics=self._told_topics(),
            threads=self._told_threads(),
            observed_at=observed_at,
            **counted,
        )

    def _told_topics(self) -> list[TopicCount]:
        top = sorted(self._topics.items(), key=lambda one: (-one[1][2], -one[1][1], one[0]))[:SHOWN]
        return [
            TopicCount.model_construct(
                topic_hash=key, name=name, messages=messages, hostile=hostile, message_id=first
            )
            for key, (name, messages, hostile, first) in top
        ]

    def _told_threads(self) -> list[ThreadCount]:
        return [
            ThreadCount.model_construct(
                thread_id=thread_id, message_id=message_id, messages=messages, hostile=hostile
            )
            for thread_id, (message_id, messages, hostile) in sorted(
                self._threads.items(), key=_busiest
            )[:SHOWN]
        ]


def _busiest(one: tuple[str, list[Any]]) -> tuple[int, int, str]:
    return -one[1][2], -one[1][1], one[0]
