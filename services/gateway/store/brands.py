"""Agencies, brands and what is known of their accounts. A change of a brand is announced with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts import ids
from contracts.brands import (
    BrandChanged,
    ModelUse,
    Policy,
    Understanding,
    Voice,
    WordingRules,
)
from contracts.envelope import Event, Origin, Payload, make_event
from contracts.networks.table import NETWORKS
from contracts.scope import AgencyScope, BrandScope, brand_filter
from contracts.topics import BRAND_CHANGED
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from runtime.outbox import outbox_fields, outbox_push
from services.gateway.deps import BrandChange
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.networks import TEMPLATE_OPTION
from services.gateway.domain.views import BrandDetail, BrandView, ConnectionView, Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.pulses import PulseStore

# The index gives these without looking at more; a max over all messages would read them all.
MOST_LOOKED_AT = 400


@dataclass(frozen=True, slots=True)
class NewBrand:
    """A brand to be. `slug` is its natural key inside the agency."""

    slug: str
    name: str
    initials: str
    colour: str
    languages: list[str]
    policy: Policy
    voice: Voice


class BrandStore:
    """Reads and changes brands."""

    def __init__(
        self, database: GatewayDatabase, clock: Clock, audit: AuditStore, pulses: PulseStore
    ) -> None:
        self._agencies = database.agencies
        self._brands = database.brands
        self._connections = database.connections
        self._messages = database.messages
        self._clock = clock
        self._audit = audit
        self._pulses = pulses

    async def every(self) -> AgencyScope:
        """Return the scope of the service's own loops: all brands of all agencies."""
        agencies = await self._agencies.find({}, fields=["brand_ids"])
        return AgencyScope("*", frozenset(b for one in agencies for b in one.get("brand_ids", [])))

    async def views(self, scope: AgencyScope) -> list[BrandView]:
        """Return the brands of the scope by name."""
        fields = ["brand_id", "name", "initials", "colour", "policy"]
        found = await self._brands.find(brand_filter(scope), fields=fields)
        return sorted((_view(brand) for brand in found), key=lambda brand: brand.name)

    async def rules(self, scope: AgencyScope) -> list[BrandChanged]:
        """Return the brands of the scope with their rules, and without what they can say."""
        fields = [name for name in BrandChanged.model_fields if name != "voice"]
        found = await self._brands.find(brand_filter(scope), fields=fields)
        return [BrandChanged.read({**brand, "voice": {}}) for brand in found]

    async def whole(self, scope: AgencyScope, brand_id: str) -> BrandChanged:
        """Return one brand as it is announced. Raises `NotFound`."""
        return BrandChanged.read(await self._found(scope, brand_id))

    async def get(self, scope: AgencyScope, brand_id: str) -> BrandDetail:
        """Return one brand whole. Raises `NotFound`."""
        return _detail(await self._found(scope, brand_id))

    async def connections(self, scope: AgencyScope) -> list[ConnectionView]:
        """Return the accounts of the scope's brands."""
        where = {**brand_filter(scope), "state": {"$exists": True}}
        found = await self._connections.find(where)
        return [connection_view(connection) for connection in found]

    async def last_seen(self, scope: AgencyScope, brand_id: str) -> dict[str, datetime]:
        """Return when each account's newest item arrived, among the brand's latest few hundred."""
        narrow = AgencyScope(scope.agency_id, scope.brand_ids & {brand_id})
        found = await self._messages.find(
            {**brand_filter(narrow), "state": {"$in": ["open", "answered", "done", "none"]}},
            sort=[("at", -1), ("_id", 1)],
            limit=MOST_LOOKED_AT,
            fields=["received_at", "content.connection_id"],
            index="newest",
        )
        newest: dict[str, datetime] = {}
        for one in found:
            account, at = (one.get("content") or {}).get("connection_id"), one.get("received_at")
            if account and at:
                newest[account] = max(at, newest.get(account, at))
        return newest

    async def name_of(self, scope: BrandScope) -> str:
        """Return a brand's name, or an empty text."""
        where = {"_id": scope.brand_id, **brand_filter(scope)}
        found = await self._brands.find_one(where, fields=["name"])
        return str(found["name"]) if found else ""

    async def create_agency(self, slug: str, name: str) -> str:
        """Make an agency, or find it by its slug; return its id."""
        agency_id = ids.derive("agy", slug)
        told = {"$setOnInsert": {"slug": slug, "name": name, "brand_ids": []}}
        await self._agencies.update({"_id": agency_id}, told, is_upsert=True)
        return agency_id

    async def create(self, agency_id: str, brand: NewBrand) -> str:
        """Make a brand and announce it, or find it by its slug; return its id."""
        brand_id = ids.derive("brd", agency_id, brand.slug)
        now = whole_ms(self._clock.now())
        fields: Document = {
            "_id": brand_id,
            "brand_id": brand_id,
            "agency_id": agency_id,
            "slug": brand.slug,
            "name": brand.name,
            "initials": brand.initials,
            "colour": brand.colour,
            "languages": brand.languages,
            "policy": brand.policy.model_dump(),
            "voice": brand.voice.model_dump(),
            "revision": 1,
            "changed_at": now,
        }
        await self._agencies.update({"_id": agency_id}, {"$addToSet": {"brand_ids": brand_id}})
        await self._brands.insert({**fields, **outbox_fields([_announcement(fields)], now)})
        return brand_id

    async def change(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, change: BrandChange
    ) -> BrandDetail:
        """Change a brand and announce it in one update. Raises as the port says."""
        found = await self._found(scope, brand_id)
        if not viewer.may_manage(brand_id):
            raise Forbidden("brand.not_yours", "Only an owner or lead of the brand may change it.")
        told = _told(change)
        now = whole_ms(self._clock.now())
        changed = {**found, **told, "revision": change.revision + 1, "changed_at": now}
        pushed = outbox_push([_announcement(changed)], now)
        update = {
            **pushed,
            "$set": {**pushed["$set"], **told, "revision": changed["revision"], "changed_at": now},
        }
        where = {"_id": brand_id, **brand_filter(scope), "revision": change.revision}
        if not (await self._brands.update(where, update)).matched:
            raise Conflict("brand.changed", "Somebody changed this brand meanwhile. Load it again.")
        before = {name: found.get(name) for name in told}
        await self._audit.append(viewer, Act("brand.changed", brand_id, brand_id, before, told))
        await self._pulses.tell(BrandScope(found["agency_id"], brand_id), "brand")
        return _detail(changed)

    async def republish_all(self) -> int:
        """Announce every brand again: harmless to who knows it, news to a new broker."""
        now = whole_ms(self._clock.now())
        found = await self._brands.find(brand_filter(await self.every()))
        for brand in found:
            where = {
                "_id": brand["_id"],
                "brand_id": brand["brand_id"],
                "revision": brand["revision"],
            }
            await self._brands.update(where, outbox_push([_announcement(brand)], now))
        return len(found)

    async def _found(self, scope: AgencyScope, brand_id: str) -> Document:
        where = {"_id": brand_id, **brand_filter(scope)}
        found = await self._brands.find_one(where)
        if found is None:
            raise nothing_here()
        return found


def connection_view(found: Mapping[str, Any]) -> ConnectionView:
    """Return a stored connection as it is drawn."""
    return ConnectionView(
        connection_id=found["_id"],
        network=found["network"],
        name=found["name"],
        handle=found.get("handle"),
        state=found["state"],
        reason=found.get("reason"),
        brand_id=found["brand_id"],
        has_template=bool((found.get("options") or {}).get(TEMPLATE_OPTION)),
    )


def _told(change: BrandChange) -> Document:
    told: Document = {
        name: value
        for name in ("name", "colour", "languages")
        if (value := getattr(change, name)) is not None
    }
    for name in ("policy", "voice", "wording", "assistant", "understanding"):
        part: Payload | None = getattr(change, name)
        if part is not None:
            told[name] = part.model_dump()
    if change.channels is not None:
        unknown = sorted(set(change.channels) - set(NETWORKS))
        if unknown:
            why = f"There is no network named {unknown[0]}; the names are {', '.join(NETWORKS)}."
            raise Invalid("brand.unknown_network", why)
        told["channels"] = {name: policy.model_dump() for name, policy in change.channels.items()}
    return told


def _announcement(brand: Document) -> Event:
    payload = BrandChanged.read(brand)
    return make_event(
        BRAND_CHANGED.name,
        payload,
        key=(payload.brand_id, str(payload.revision)),
        partition_key=payload.brand_id,
        origin=Origin(
            "/gateway", payload.changed_at, BrandScope(payload.agency_id, payload.brand_id)
        ),
    )


def _view(brand: Document) -> BrandView:
    policy = brand["policy"]
    return BrandView(
        brand_id=brand["_id"],
        name=brand["name"],
        initials=brand["initials"],
        colour=brand["colour"],
        mode=policy["mode"],
        is_automatic_stopped=policy["is_automatic_stopped"],
    )


def _detail(brand: Document) -> BrandDetail:
    return BrandDetail(
        brand=_view(brand),
        agency_id=brand["agency_id"],
        languages=brand["languages"],
        policy=Policy.read(brand["policy"]),
        voice=Voice.read(brand["voice"]),
        revision=brand["revision"],
        changed_at=brand["changed_at"],
        channels={name: Policy.read(one) for name, one in (brand.get("channels") or {}).items()},
        wording=WordingRules.read(brand.get("wording") or {}),
        assistant=ModelUse.read(brand["assistant"]) if brand.get("assistant") else None,
        understanding=Understanding.read(brand.get("understanding") or {}),
    )
