"""Topic administration and the operators' view of the broker, by kafka-python. Blocking: no event loop."""

import contextlib
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
    TopicAlreadyExistsError,
)

from contracts.topics import (
    DEAD_LETTER_PARTITIONS,
    DEAD_LETTER_RETENTION_DAYS,
    TOPICS,
    Topic,
)
from runtime.dead_letters import HEADER_PREFIX
from runtime.errors import Unavailable
from runtime.settings import BusSettings

DAY_MS = 24 * 3600 * 1000
DEAD_LETTER_BYTES = 8 * 1024 * 1024
END_WITHIN_S = 5.0
LEADERS_WITHIN_S = 30.0
_COORDINATOR_AWAY = (
    CoordinatorNotAvailableError,
    CoordinatorLoadInProgressError,
    NotCoordinatorError,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as it should be on the broker."""

    name: str
    partitions: int
    retention_ms: int
    max_message_bytes: int


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a group is behind on one partition. `committed` is None before its first commit."""

    group: str
    topic: str
    partition: int
    committed: int | None
    end: int

    @property
    def messages(self) -> int:
        """Records not yet handled."""
        return max(self.end - (self.committed or 0), 0)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record of a dead-letter topic: where it came from, why it lies there, and its bytes."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    facts: dict[str, str]
    headers: list[tuple[str, bytes]] = field(default_factory=list)


def wanted_topics() -> list[Wanted]:
    """Return every topic of the registry and the dead letters of each of its readers."""
    wanted = [_wanted(topic) for topic in TOPICS.values()]
    for topic in TOPICS.values():
        wanted.extend(
            Wanted(
                topic.dead_letters(group),
                DEAD_LETTER_PARTITIONS,
                DEAD_LETTER_RETENTION_DAYS * DAY_MS,
                DEAD_LETTER_BYTES,
            )
            for group in topic.consumers
        )
    return wanted


def _wanted(topic: Topic) -> Wanted:
    retention_ms = topic.retention_days * DAY_MS
    return Wanted(topic.name, topic.partitions, retention_ms, topic.max_message_bytes)


class Admin:
    """A connection to the broker for administration. Close it, or use it in a `with` block."""

    def __init__(self, settings: BusSettings) -> None:
        self._settings = settings
        try:
            self._client = KafkaAdminClient(
                bootstrap_servers=settings.url, client_id="rapport-admin", request_timeout_ms=20_000
            )
        except KafkaError as error:
            raise Unavailable("bus.away", f"no broker answers at {settings.url}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _real(self, topic: str) -> str:
        return f"{self._settings.topic_prefix}{topic}"

    def ensure_topics(self, names: Collection[str] | None = None) -> list[str]:
        """Create the topics (or just these) that are missing; return their names once they have leaders."""
        there = set(self._client.list_topics())
        wanted = [topic for topic in wanted_topics() if names is None or topic.name in names]
        missing = [topic for topic in wanted if self._real(topic.name) not in there]
        specs = {
            self._real(topic.name): {
                "num_partitions": topic.partitions,
                "replication_factor": self._settings.replication,
                "configs": {
                    "retention.ms": str(topic.retention_ms),
                    "max.message.bytes": str(topic.max_message_bytes),
                    "cleanup.policy": "delete",
                },
            }
            for topic in missing
        }
        if specs:
            with contextlib.suppress(TopicAlreadyExistsError):
                self._client.create_topics(specs)
            self._await_leaders(list(specs))
        return [topic.name for topic in missing]

    def _await_leaders(self, names: list[str]) -> None:
        deadline = time.monotonic() + LEADERS_WITHIN_S
        while time.monotonic() < deadline:
            found = self._client.describe_topics(names)
            if all(
                part.get("leader_id", 0) >= 0 for one in found for part in one["partitions"]
            ) and all(one["partitions"] for one in found):
                return
            time.sleep(0.1)

    def topic_problems(self) -> list[str]:
        """Return one sentence for every topic that is missing or has fewer partitions than wanted."""
        there = {
            str(found["name"]): len(found["partitions"])
            for found in self._client.describe_topics(None)
        }
        problems = []
        for topic in wanted_topics():
            partitions = there.get(self._real(topic.name))
            if partitions is None:
                problems.append(f"{topic.name} is missing; create it with: rapport topics --create")
            elif partitions < topic.partitions:
                problems.append(f"{topic.name} has {partitions} partitions, not {topic.partitions}")
        return problems

    def lags(self, groups: Iterable[str]) -> list[Lag]:
        """Return the lag of each group on each partition it reads."""
        found = []
        for group in groups:
            topics = [topic for topic in TOPICS.values() if group in topic.consumers]
            ends = self._ends(self._real(topic.name) for topic in topics)
            committed: dict[TopicPartition, object] = {}
            for name in {topic.group(group) for topic in topics}:
                real_group = f"{self._settings.topic_prefix}{name}"
                committed |= self._committed(real_group)
            for tp, end in ends.items():
                offset = getattr(committed.get(tp), "offset", -1)
                plain = tp.topic.removeprefix(self._settings.topic_prefix)
                at = offset if offset >= 0 else None
                found.append(Lag(group, plain, tp.partition, at, end))
        return sorted(found, key=lambda lag: (lag.group, lag.topic, lag.partition))

    def _committed(self, group: str) -> dict[TopicPartition, object]:
        """Return a group's offsets. A cluster's first group is waited for: its coordinator is just made."""
        deadline = time.monotonic() + LEADERS_WITHIN_S
        while True:
            try:
                found: dict[TopicPartition, object] = self._client.list_group_offsets(group).get(
                    group, {}
                )
            except _COORDINATOR_AWAY:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return found

    def _ends(self, topics: Iterable[str]) -> dict[TopicPartition, int]:
        consumer = self._reader()
        try:
            return _exact_ends(
                consumer,
                [
                    TopicPartition(topic, partition)
                    for topic in topics
                    for partition in consumer.partitions_for_topic(topic) or ()
                ],
            )
        finally:
            consumer.close()

    def dead_letters(self, topic: str) -> Iterator[DeadLetter]:
        """Yield what lies in one dead-letter topic now, oldest first by partition."""
        consumer = self._reader()
        try:
            real = self._real(topic)
            partitions = [
                TopicPartition(real, p) for p in consumer.partitions_for_topic(real) or ()
            ]
            for tp, end in _exact_ends(consumer, partitions).items():
                consumer.assign([tp])
                consumer.seek_to_beginning(tp)
                while consumer.position(tp) < end:
                    for records in consumer.poll(timeout_ms=1_000).values():
                        yield from (_dead_letter(topic, record) for record in records)
        finally:
            consumer.close()

    def replay(self, letters: Iterable[DeadLetter]) -> int:
        """Put dead letters back where they came from; return how many. Readers absorb repeats."""
        producer = KafkaProducer(
            bootstrap_servers=self._settings.url,
            acks="all",
            enable_idempotence=self._settings.is_idempotent,
            max_request_size=DEAD_LETTER_BYTES,
        )
        try:
            sent = [
                producer.send(
                    self._real(letter.facts["topic"]),
                    value=letter.value,
                    key=letter.key,
                    headers=letter.headers,
                )
                for letter in letters
            ]
            for acknowledgement in sent:
                acknowledgement.get(timeout=20)
            return len(sent)
        finally:
            producer.close()

    def _reader(self) -> KafkaConsumer:
        return KafkaConsumer(
            bootstrap_servers=self._settings.url,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            group_id=None,
        )


def _exact_ends(
    consumer: KafkaConsumer, partitions: list[TopicPartition]
) -> dict[TopicPartition, int]:
    """Return each partition's end by the high watermark of a fetch.

    Tansu 0.6 answers ListOffsets with the start of the last batch, so that answer is only a hint.
    """
    ends = {tp: int(end) for tp, end in consumer.end_offsets(partitions).items()}
    filled = [tp for tp, end in ends.items() if end > 0]
    consumer.assign(filled)
    for tp in filled:
        consumer.seek(tp, ends[tp] - 1)
    deadline = time.monotonic() + END_WITHIN_S
    while filled and time.monotonic() < deadline:
        consumer.poll(timeout_ms=100)
        for tp in list(filled):
            mark = consumer.highwater(tp)
            if mark is not None:
                ends[tp] = max(ends[tp], int(mark))
                filled.remove(tp)
    return ends


def _dead_letter(topic: str, record: object) -> DeadLetter:
    headers: list[tuple[str, bytes]] = list(getattr(record, "headers", None) or [])
    facts = {
        name.removeprefix(HEADER_PREFIX): value.decode("utf-8", "replace")
        for name, value in headers
        if name.startswith(HEADER_PREFIX)
    }
    kept = [(name, value) for name, value in headers if not name.startswith(HEADER_PREFIX)]
    return DeadLetter(
        topic=topic,
        partition=getattr(record, "partition", 0),
        offset=getattr(record, "offset", 0),
        key=getattr(record, "key", None),
        value=getattr(record, "value", b"") or b"",
        facts=facts,
        headers=kept,
    )
