"""Whom a mail asks for approval, and the links in those mails: stored as hashes, good once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts import ids
from contracts.brands import Need
from contracts.replies import Consent
from contracts.scope import Scope, brand_filter
from runtime.clock import Clock
from runtime.mongo import Document
from services.gateway.domain import approvals, asking
from services.gateway.domain.inbox import whole_ms
from services.gateway.store.cases import Case
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.pages import Tried
from services.gateway.store.people import PeopleStore

LEASE = timedelta(seconds=60)
MOST_ASKED = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody is asked to say yes to: one text for one version of one message, in one slot."""

    digest: str
    needs: tuple[Need, ...]
    revision: int
    given: Sequence[Consent]


class AskStore:
    """One document for each person and text; one for each link."""

    def __init__(self, database: GatewayDatabase, clock: Clock, people: PeopleStore) -> None:
        self._asks = database.asks
        self._links = database.approval_links
        self._clock = clock
        self._people = people

    async def ask(self, case: Case, ask: Ask) -> None:
        """Have those asked by mail who can give what is missing; nobody is asked twice for a text."""
        roles = approvals.useful_roles(ask.needs, ask.given)
        there = {one.person_id for one in ask.given}
        found = await self._people.with_role(case.scope, roles)
        asked = [
            one for one in found
            if one["_id"] not in there and one["_id"] != case.viewer.person_id
        ]  # fmt: skip
        await self._asks.insert_many([self._job(case, ask, one) for one in asked[:MOST_ASKED]])

    async def take(self, scope: Scope) -> Document | None:
        """Lease the mail that is most due."""
        now = self._now()
        where = {**brand_filter(scope), "state": "waiting", "next_at": {"$lte": now}}
        leased = {"$set": {"next_at": now + LEASE}, "$inc": {"attempts": 1}}
        return await self._asks.take(where, leased, sort=[("next_at", 1)])

    async def settle(self, job: Document, tried: Tried) -> None:
        """Note what came of an attempt."""
        again = None if tried.is_final else asking.next_try(job["attempts"], self._now())
        state = "sent" if tried.is_sent else "waiting" if again else "failed"
        told = {"state": state, "why": tried.why, "next_at": again or self._now()}
        await self._asks.update(_place(job), {"$set": told})

    async def drop(self, job: Document) -> None:
        """Ask no more: the answer was decided about, or is another one now."""
        await self._asks.update(_place(job), {"$set": {"state": "dropped"}})

    async def link(self, job: Document) -> tuple[str, datetime]:
        """Make a link for a mail that is about to be sent; return its token and its end."""
        token, token_hash = asking.new_token()
        expires_at = self._now() + asking.GOOD_FOR
        names = ("brand_id", "agency_id", "message_id", "slot", "person_id", "digest", "revision")
        told = {name: job[name] for name in names}
        await self._links.insert(
            {"_id": token_hash, **told, "expires_at": expires_at, "used_at": None}
        )
        return token, expires_at

    async def by_token(self, token: str) -> Document | None:
        """Return the link, used or not, or None when there never was such a one."""
        return await self._links.find_one({"_id": asking.hash_of(token)})

    async def use(self, link: Document) -> bool:
        """Take the one use of a link; False when somebody was faster."""
        now = self._now()
        where = {"_id": link["_id"], "used_at": None, "expires_at": {"$gt": now}}
        return (await self._links.update(where, {"$set": {"used_at": now}})).modified == 1

    async def give_back(self, link: Document) -> None:
        """Let a link be used after all: nothing came of it."""
        await self._links.update({"_id": link["_id"]}, {"$set": {"used_at": None}})

    def _job(self, case: Case, ask: Ask, person: Document) -> Document:
        about = (case.found["_id"], str(case.slot), ask.digest, str(ask.revision))
        return {
            "_id": ids.derive("ask", *about, person["_id"]),
            "brand_id": case.scope.brand_id, "agency_id": case.scope.agency_id,
            "message_id": case.found["_id"], "slot": case.slot, "digest": ask.digest,
            "revision": ask.revision, "person_id": person["_id"], "to": person["email"],
            "by_name": case.viewer.name, "state": "waiting", "attempts": 0,
            "next_at": self._now(), "made_at": self._now(),
        }  # fmt: skip

    def _now(self) -> datetime:
        return whole_ms(self._clock.now())


def _place(job: Document) -> Document:
    return {"_id": job["_id"], "brand_id": job["brand_id"]}


def is_current(found: Document, record: Document, about: Document) -> bool:
    """Say whether what was asked for still stands as it was asked."""
    asked = record.get("asked") or {}
    content = found.get("content") or {}
    return (
        (found.get("slot") or 0) == about["slot"]
        and asked.get("digest") == about["digest"]
        and asked.get("revision") == about["revision"]
        and asked.get("message_version") == content.get("version")
        and not found.get("is_deleted")
    )


def names_of(given: Sequence[Document]) -> tuple[str, ...]:
    """Return who said yes already."""
    return tuple(str(one["name"]) for one in given)
