"""Publishes to every network that misbehaves, kills the publisher on the way, and counts what came of it.

The sandbox's ledger is the truth about what was applied, its journal about when calls came.
"""

import asyncio
import signal
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from contracts import ids
from contracts.messages import Item, ItemFields, MessageReceived
from runtime.crypto import new_key
from sandbox.app import Sandbox
from sandbox.misbehaviour import MisKind, Wish
from sandbox.server import running
from sandbox.settings import Settings
from services.respond.domain.publication import State
from services.respond.records import Reply
from tests.failure.publisher_process import Orders, started
from tests.failure.stands import STANDS, Place, stands
from tests.service.respond.respond_world import (
    CASA,
    Respond,
    approved,
    classified,
    labels_of,
    make_respond,
)

SHARES: Mapping[MisKind, float] = {
    "apply_then_drop": 0.05, "apply_then_5xx": 0.05, "slow": 0.05, "rate_limited": 0.10,
    "error_5xx": 0.03, "html_error": 0.02,
}  # fmt: skip
# What takes longer than a run: a site in maintenance, mail that is put off and a spent quota of Threads.
LEFT_OUT: frozenset[tuple[str, MisKind]] = frozenset(
    {("email", "rate_limited"), ("wordpress", "html_error"), ("threads", "rate_limited")}
)
# Meta tells the wait in minutes.
WAIT_S = dict.fromkeys(("facebook", "messenger", "instagram"), 60.0)
# A call that was on its way when the answer with the wait was written is no breach.
ON_ITS_WAY = timedelta(milliseconds=750)
DOUBT_S = 120.0
"""For so long nobody may be left without knowing whether an answer is out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is published where, and when the publisher dies.

    `kills` and `stops`: shares of settled answers at which it is killed, or stopped in order, and
    started again.
    """

    networks: Sequence[str] = tuple(STANDS)
    replies: int = 40
    accounts: int = 1
    timeout_s: float = 2.0
    kills: Sequence[float] = (0.3,)
    stops: Sequence[float] = (0.6,)
    seed: int = 1
    within_s: float = 540.0
    shares: Mapping[MisKind, float] = field(default_factory=lambda: SHARES)
    left_out: frozenset[tuple[str, MisKind]] = LEFT_OUT
    log: str = "/dev/null"
    doubts: "Doubts" = field(default_factory=lambda: Doubts())  # noqa: PLW0108 - made below


@dataclass(slots=True)
class Doubts:
    """How long answers were unknown to us, as seen twice a second, whoever was running."""

    since: dict[str, datetime] = field(default_factory=dict)
    longest_s: dict[str, float] = field(default_factory=dict)

    def see(self, replies: Sequence[Reply]) -> None:
        """Note who is in doubt now."""
        now = datetime.now(UTC)
        for one in replies:
            if one.publication.state is not State.UNKNOWN:
                self.since.pop(one.reply_id, None)
                continue
            lasts_s = (now - self.since.setdefault(one.reply_id, now)).total_seconds()
            network = one.target.network
            self.longest_s[network] = max(lasts_s, self.longest_s.get(network, 0.0))


@dataclass(slots=True)
class Row:
    """What came of one network's answers.

    `doubled`: applied more than once. `lost`: told as published, but not there. `denied`: applied,
    but told as failed. `open`: nothing was decided in time. `early`: calls before a wait was over.
    `doubt_s`: the longest time that an answer was unknown to us.
    """

    replies: int = 0
    published: int = 0
    found: int = 0
    applied: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    doubled: int = 0
    lost: int = 0
    denied: int = 0
    open: int = 0
    early: list[str] = field(default_factory=list)
    doubt_s: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Say whether every answer is where it was said to be, once, and every wait was kept."""
        wrong = self.doubled + self.lost + self.denied + self.open + len(self.early)
        is_late = self.doubt_s > DOUBT_S
        return (
            not wrong and not is_late and self.replies == self.published + sum(self.ends.values())
        )


async def run(mongo_url: str, prefix: str, plan: Plan) -> dict[str, Row]:
    """Publish as planned; return what came of it by network."""
    settings = Settings(port=0, is_demo=False, is_traffic_on=False, requests_kept=1_000_000)
    key = new_key()
    async with (
        running(settings) as sandbox,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        respond = await make_respond(mongo_url, prefix, http, key=key)
        await respond.brand(CASA)
        tokens = await prepare(respond, sandbox, plan)
        misbehave(sandbox, plan)
        orders = Orders(mongo_url, prefix, key, plan.timeout_s)
        with suppress(TimeoutError):  # what has no end then is counted as open
            await publish(respond, orders, plan)
        rows = judge(await respond.replies(), sandbox, tokens)
        for network, longest_s in plan.doubts.longest_s.items():
            rows[network].doubt_s = longest_s
        await respond.database.stop()
    return rows


async def prepare(respond: Respond, sandbox: Sandbox, plan: Plan) -> dict[str, str]:
    """Connect every account, hear what people write and approve an answer to each; return their texts' marks."""
    marks: dict[str, str] = {}
    async with stands(sandbox) as stage:
        for network in plan.networks:
            for number in range(1, plan.accounts + 1):
                share = plan.replies // plan.accounts
                place = await stage.place(network, share, number)
                marks |= await approve(respond, place, len(marks))
    return marks


async def approve(respond: Respond, place: Place, first: int) -> dict[str, str]:
    """Approve an answer to everything at one place; return reply id -> its mark."""
    grant = place.grant
    await respond.connection(
        CASA, place.network, grant.account_id, token=grant.token, base_url=grant.base_url,
        options=dict(grant.options),
    )  # fmt: skip
    messages = [heard(place, item) for item in place.items]
    await respond.classify(*(classified(one, labels_of(), CASA) for one in messages))
    marks = {
        ids.reply_id(one.message_id, 0): f"ref{number:05d}"
        for number, one in enumerate(messages, first)
    }
    texts = [f"Yes, we have it, {mark}." for mark in marks.values()]
    batch = [approved(one, CASA, text) for one, text in zip(messages, texts, strict=True)]
    await respond.handlers.on_reply_approved(batch)
    return marks


def heard(place: Place, item: Item) -> MessageReceived:
    """Return an item as ingest tells of it."""
    brand_id, account_id = CASA.brand_id, place.grant.account_id
    root, now = item.thread_root_id or item.external_id, datetime.now(UTC)
    fields = {name: getattr(item, name) for name in ItemFields.model_fields}
    places = {
        "network": place.network, "thread_root_id": root, "version": "0-1", "received_at": now,
        "message_id": ids.message_id(brand_id, place.network, account_id, item.external_id),
        "thread_id": ids.thread_id(brand_id, place.network, account_id, root),
        "connection_id": ids.connection_id(brand_id, place.network, account_id),
    }  # fmt: skip
    return MessageReceived(**fields | places)


def misbehave(sandbox: Sandbox, plan: Plan) -> None:
    """Let every account misbehave by its own die."""
    accounts = [one for one in sandbox.world.accounts() if one.network in plan.networks]
    for number, account in enumerate(accounts):
        for kind, share in plan.shares.items():
            if (account.network, kind) in plan.left_out:
                continue
            seed = plan.seed * 1000 + number * 10 + len(kind)
            sandbox.misbehaviour.add(
                Wish(
                    network=account.network, account=account.id, kind=kind, share=share, seed=seed,
                    retry_after_s=WAIT_S.get(account.network, 3.0), delay_s=plan.timeout_s * 2.5,
                )
            )  # fmt: skip


async def publish(respond: Respond, orders: Orders, plan: Plan) -> None:
    """Let publishers work one after the other, each until its moment, the last until all is settled."""
    moments = sorted(
        [(at, signal.SIGKILL) for at in plan.kills] + [(at, signal.SIGTERM) for at in plan.stops]
    )
    async with asyncio.timeout(plan.within_s):
        for share, how in moments:
            async with started(orders, plan.log) as one:
                await settled(respond, share, plan.doubts)
                one.send_signal(how)
                await one.wait()
        async with started(orders, plan.log):
            await settled(respond, 1.0, plan.doubts)


async def settled(respond: Respond, share: float, doubts: Doubts | None = None) -> None:
    """Return when this share of all answers has an end."""
    while True:
        replies = await respond.replies()
        if doubts is not None:
            doubts.see(replies)
        if sum(one.publication.due_at is None for one in replies) >= share * len(replies):
            return
        await asyncio.sleep(0.5)


def judge(replies: Sequence[Reply], sandbox: Sandbox, marks: Mapping[str, str]) -> dict[str, Row]:
    """Compare what was told with what the sandbox has."""
    rows: dict[str, Row] = defaultdict(Row)
    applied: dict[str, set[str | int]] = defaultdict(set)
    for entry in sandbox.ledger.entries():
        # A review has one answer: put again, it is the same. Everywhere else each entry is one more.
        one = entry.id if entry.network == "google_business" else entry.seq
        applied[next((mark for mark in marks.values() if mark in entry.text), "")].add(one)
    assert "" not in applied, "the ledger has answers that nobody approved"
    for reply in replies:
        _count(rows[reply.target.network], reply, len(applied[marks[reply.reply_id]]))
    for rule in sandbox.misbehaviour.rules():
        rows[rule.wish.network].struck[rule.wish.kind] += rule.struck
    for network, what in too_early(sandbox.journal.requests()):
        rows[network].early.append(what)
    for request in sandbox.journal.requests():
        rows[request["network"]].calls += 1
    return dict(rows)


def _count(row: Row, reply: Reply, times: int) -> None:
    state = reply.publication.state
    is_published = state is State.PUBLISHED
    row.replies += 1
    row.applied += times
    row.published += is_published
    row.found += reply.publication.how == "found"
    row.doubled += times > 1
    row.lost += is_published and times == 0
    row.denied += state is State.FAILED and times > 0
    if reply.publication.due_at is not None or (not is_published and not reply.publication.reason):
        row.open += 1
    if not is_published:
        row.ends[f"{state.value} {reply.publication.code}"] += 1


def too_early(requests: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return (network, what) of the calls to an account that came before a wait it asked for was over."""
    found: list[tuple[str, str]] = []
    for limited in requests:
        if limited["wait_s"] is None:
            continue
        start = datetime.fromisoformat(limited["at"])
        for call in requests:
            after = datetime.fromisoformat(call["began_at"]) - start
            is_same = (call["network"], call["account"]) == (limited["network"], limited["account"])
            if is_same and ON_ITS_WAY < after < timedelta(seconds=limited["wait_s"]):
                what = f"{call['operation']} {after.total_seconds():.2f} s after, told {limited['wait_s']} s"
                found.append((call["network"], what))
    return found


def table(rows: Mapping[str, Row]) -> str:
    """Return the counts as lines of a table."""
    head = f"{'network':<16}{'replies':>8}{'published':>10}{'found':>6}{'applied':>8}{'calls':>7}{'double':>7}"
    lines = [
        head
        + f"{'lost':>5}{'denied':>7}{'open':>5}{'early':>6}{'doubt':>7}  other ends | misbehaviour"
    ]
    for network, row in rows.items():
        ends = ", ".join(f"{count}x {end}" for end, count in row.ends.items()) or "-"
        struck = " ".join(f"{kind}={count}" for kind, count in row.struck.items())
        lines.append(
            f"{network:<16}{row.replies:>8}{row.published:>10}{row.found:>6}{row.applied:>8}"
            f"{row.calls:>7}{row.doubled:>7}{row.lost:>5}{row.denied:>7}{row.open:>5}"
            f"{len(row.early):>6}{row.doubt_s:>9.0f}  {ends} | {struck} {'; '.join(row.early)}"
        )
    return "\n".join(lines)
