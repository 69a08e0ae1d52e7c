"""What a decision shows beside its numbers: topics, threads, moods, networks and examples of the last hour."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from contracts.storms import BUCKET_S, SignalObserved, ThreadCount, TopicCount

KEPT_S = 3600
MOST = 5
EXAMPLES = 3
_OF_A_SHARD = 3
Facts = dict[str, Any]


class Shown:
    """Facts of open buckets by shard (the newest word of each counts), and of closed bins together."""

    def __init__(self) -> None:
        self._open: dict[int, dict[int, Facts]] = {}
        self._closed: list[tuple[int, Facts]] = []

    def put(self, signal: SignalObserved) -> None:
        """Take the newest word of a shard about an open bucket."""
        bucket = int(signal.bucket_at.timestamp()) // BUCKET_S * BUCKET_S
        self._open.setdefault(bucket, {})[signal.shard] = _facts(signal)

    def close(self, end: int) -> None:
        """Put all buckets before `end` together into one bin, and forget what is an hour old."""
        ended = [bucket for bucket in self._open if bucket < end]
        facts = [one for bucket in sorted(ended) for one in self._open.pop(bucket).values()]
        if facts:
            self._closed.append((end, _together(facts)))
        self._closed = [one for one in self._closed if one[0] > end - KEPT_S]

    def told(self) -> Facts:
        """Return the fields of a decision: those of the last hour together, most hostile first."""
        if not self._closed and not self._open:
            return {"topics": [], "threads": [], "emotions": {}, "networks": {}, "examples": []}
        facts = [one for _, one in self._closed]
        facts += [one for bucket in sorted(self._open) for one in self._open[bucket].values()]
        whole = _together(facts)
        return {
            "topics": [
                TopicCount(topic_hash=key, name=name, messages=n, hostile=bad, message_id=first)
                for key, name, n, bad, first in whole["topics"]
            ],
            "threads": [
                ThreadCount(thread_id=key, message_id=first, messages=n, hostile=bad)
                for key, first, n, bad in whole["threads"]
            ],
            "emotions": whole["emotions"],
            "networks": whole["networks"],
            "examples": whole["examples"],
        }

    def to_state(self) -> list[Any]:
        """Return all of it as lists."""
        opened = [[b, s, facts] for b, shards in self._open.items() for s, facts in shards.items()]
        return [opened, [[end, facts] for end, facts in self._closed]]

    @classmethod
    def from_state(cls, state: list[Any]) -> "Shown":
        """Return the same again."""
        shown = cls()
        for bucket, shard, facts in state[0]:
            shown._open.setdefault(bucket, {})[shard] = facts
        shown._closed = [(end, facts) for end, facts in state[1]]
        return shown


def _facts(signal: SignalObserved) -> Facts:
    return {
        "topics": [
            [one.topic_hash, one.name, one.messages, one.hostile, one.message_id]
            for one in signal.topics[:_OF_A_SHARD]
        ],
        "threads": [
            [one.thread_id, one.message_id, one.messages, one.hostile]
            for one in signal.threads[:_OF_A_SHARD]
        ],
        "emotions": dict(signal.emotions),
        "networks": dict(signal.networks),
        "examples": list(signal.examples[:EXAMPLES]),
    }


def _together(facts: Iterable[Mapping[str, Any]]) -> Facts:
    topics: dict[str, list[Any]] = {}
    threads: dict[str, list[Any]] = {}
    emotions: Counter[str] = Counter()
    networks: Counter[str] = Counter()
    examples: dict[str, None] = {}
    for one in facts:
        for key, name, n, bad, first in one["topics"]:
            _add(topics, [key, name, 0, 0, first], n, bad)
        for key, first, n, bad in one["threads"]:
            _add(threads, [key, first, 0, 0], n, bad)
        emotions.update(one["emotions"])
        networks.update(one["networks"])
        examples.update(dict.fromkeys(one["examples"]))
    return {
        "topics": sorted(topics.values(), key=lambda row: (-row[3], -row[2], row[0]))[:MOST],
        "threads": sorted(threads.values(), key=lambda row: (-row[3], -row[2], row[0]))[:MOST],
        "emotions": dict(sorted(emotions.items())),
        "networks": dict(sorted(networks.items())),
        # The newest say best what goes on now.
        "examples": list(examples)[-EXAMPLES:],
    }


def _add(rows: dict[str, list[Any]], row: list[Any], messages: int, hostile: int) -> None:
    kept = rows.setdefault(row[0], row)
    kept[2] += messages
    kept[3] += hostile
