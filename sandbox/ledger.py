"""Every publish that was applied, and a bounded journal of requests: the truth that tests count."""

from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from sandbox.models import Network
from sandbox.records import Records

IDEMPOTENCY_KEPT = timedelta(hours=1)


class Entry(BaseModel):
    """One applied publish. `outcome` says what the caller was told about it."""

    seq: int
    network: Network
    account: str
    in_reply_to: str | None
    text: str
    id: str
    at: datetime
    idempotency_key: str | None = None
    visibility: str = "public"
    outcome: str = "answered"
    client: str | None = None


class Ledger:
    """Append-only; grouped by (network, account, in_reply_to) it shows double publishes."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._entries: list[Entry] = list(records.load("ledger", Entry))

    def write(self, entry: Entry) -> None:
        """Note one applied publish, also when its answer is going to be lost."""
        self._entries.append(entry)
        self._records.put("ledger", str(entry.seq), entry)

    def next_seq(self) -> int:
        """Number of the next entry, from 1."""
        return len(self._entries) + 1

    def entries(self) -> list[Entry]:
        """All applied publishes, oldest first."""
        return list(self._entries)

    def by_key(self, network: Network, account: str, key: str, now: datetime) -> Entry | None:
        """The publish made under this idempotency key within the last hour."""
        for entry in reversed(self._entries):
            if now - entry.at > IDEMPOTENCY_KEPT:
                return None
            if (entry.network, entry.account, entry.idempotency_key) == (network, account, key):
                return entry
        return None

    def duplicates(self) -> list[dict[str, Any]]:
        """Groups of answers to the same item by the same account, more than one each."""
        groups: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        for entry in self._entries:
            if entry.in_reply_to is not None:
                groups[entry.network, entry.account, entry.in_reply_to].append(entry)
        return [
            {
                "network": network,
                "account": account,
                "in_reply_to": target,
                "count": len(found),
                "is_same_text": len({e.text for e in found}) < len(found),
                "publishes": [e.model_dump(mode="json") for e in found],
            }
            for (network, account, target), found in groups.items()
            if len(found) > 1
        ]

    def clear(self) -> None:
        """Start again with an empty ledger (a test's clean slate)."""
        for entry in self._entries:
            self._records.drop("ledger", str(entry.seq))
        self._entries.clear()


class Journal:
    """The last requests and counts of all; carries no tokens and no texts."""

    def __init__(self, kept: int) -> None:
        self._requests: deque[dict[str, Any]] = deque(maxlen=kept)
        self._counts: Counter[str] = Counter()

    def note(self, row: dict[str, Any]) -> None:
        """Keep one request: began_at, at (its end), network, operation, method, path, status, account,
        outcome, wait_s (what a rate limit asked for)."""
        self._requests.append(row)
        self._counts[f"{row['network']}.{row['operation']}.{row['outcome']}"] += 1

    def requests(self) -> list[dict[str, Any]]:
        """The last requests, by their ends, oldest first."""
        return list(self._requests)

    def counts(self) -> dict[str, int]:
        """network.operation.outcome -> number since the start."""
        return dict(self._counts)
