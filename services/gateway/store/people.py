"""People, their roles, and API keys for machines. Passwords and tokens come hashed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from contracts import ids
from contracts.scope import BrandScope
from runtime.clock import Clock
from runtime.errors import Invalid
from runtime.mongo import Document
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.views import ColleagueView, Role, Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here

ROLES: tuple[Role, ...] = ("owner", "lead", "agent", "approver", "client_approver", "auditor")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be. The e-mail address is the natural key."""

    agency_id: str
    email: str
    name: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """An API key to be: the token's SHA-256, never the token."""

    name: str
    token_hash: str
    roles: dict[str, Role]
    expires_at: datetime


class PeopleStore:
    """Accounts and keys. A change of roles works from the next request on."""

    def __init__(self, database: GatewayDatabase, clock: Clock, audit: AuditStore) -> None:
        self._agencies = database.agencies
        self._people = database.people
        self._keys = database.api_keys
        self._clock = clock
        self._audit = audit

    async def create(self, person: NewPerson) -> str:
        """Make an account, or find it by its address (nothing about it changes); return its id."""
        email = person.email.strip().lower()
        if "@" not in email:
            raise Invalid("person.bad_email", f"{person.email!r} is no e-mail address")
        person_id = ids.derive("per", email)
        await self._people.insert(
            {
                "_id": person_id,
                "agency_id": person.agency_id,
                "email": email,
                "name": person.name,
                "password_hash": person.password_hash,
                "roles": {},
                "is_active": True,
                "created_at": whole_ms(self._clock.now()),
            }
        )
        return person_id

    async def by_email(self, email: str) -> Document | None:
        """Return the account with this address, active or not."""
        return await self._people.find_one({"email": email.strip().lower()})

    async def by_id(self, person_id: str) -> Document | None:
        """Return the account with this id, active or not."""
        return await self._people.find_one({"_id": person_id})

    async def role_of(self, place: BrandScope, person_id: str) -> str | None:
        """Return the role that somebody, or a key, has for a brand now; None for who has none."""
        path = f"roles.{place.brand_id}"
        where = {"_id": person_id, "agency_id": place.agency_id, "is_active": True}
        found = await self._people.find_one(where, fields=[path])
        if found is not None:
            held: str | None = found.get("roles", {}).get(place.brand_id)
            return held
        keys = {"agency_id": place.agency_id, "expires_at": {"$gt": self._clock.now()}}
        for key in await self._keys.find(keys):
            if _key_id(key) == person_id:
                role: str | None = key["roles"].get(place.brand_id)
                return role
        return None

    async def with_role(self, place: BrandScope, roles: Collection[str]) -> list[Document]:
        """Return the active people who have one of these roles for a brand, by name."""
        where = {
            "agency_id": place.agency_id, "is_active": True,
            f"roles.{place.brand_id}": {"$in": sorted(roles)},
        }  # fmt: skip
        return await self._people.find(where, sort=[("name", 1)])

    async def set_password_hash(self, person_id: str, password_hash: str) -> None:
        """Replace the hash of an account's password."""
        await self._people.update({"_id": person_id}, {"$set": {"password_hash": password_hash}})

    async def set_active(self, actor: Viewer, person_id: str, is_active: bool) -> None:
        """Let a person in, or keep them out from now on."""
        told = {"$set": {"is_active": is_active}}
        where = {"_id": person_id, "agency_id": actor.agency_id}
        if not (await self._people.update(where, told)).matched:
            raise nothing_here()
        await self._audit.append(
            actor, Act("person.active", person_id, after={"active": is_active})
        )

    async def grant(self, actor: Viewer, person_id: str, brand_id: str, role: Role | None) -> None:
        """Give a person a role for a brand of their own agency; None takes it away."""
        if role is not None and role not in ROLES:
            raise Invalid("role.unknown", f"{role!r} is none of {', '.join(ROLES)}")
        home = {"_id": actor.agency_id, "brand_ids": brand_id}
        if await self._agencies.find_one(home, fields=["_id"]) is None:
            raise nothing_here()
        path = f"roles.{brand_id}"
        told = {"$set": {path: role}} if role else {"$unset": {path: ""}}
        where = {"_id": person_id, "agency_id": actor.agency_id}
        changed = await self._people.update(where, told)
        if not changed.matched:
            raise nothing_here()
        if changed.modified:
            act = Act("role.granted", person_id, brand_id, after={"role": role})
            await self._audit.append(actor, act)

    async def create_key(self, actor: Viewer, key: NewKey) -> None:
        """Keep a key; one of the same name is replaced, so its token stops working."""
        where = {"agency_id": actor.agency_id, "name": key.name}
        await self._keys.delete(where)
        await self._keys.insert(
            {
                "_id": key.token_hash,
                **where,
                "roles": key.roles,
                "expires_at": whole_ms(key.expires_at),
                "created_by": actor.person_id,
                "created_at": whole_ms(self._clock.now()),
            }
        )
        await self._audit.append(actor, Act("key.created", key.name, after={"roles": key.roles}))

    async def colleagues(self, viewer: Viewer) -> list[ColleagueView]:
        """Return who has a role for a brand that the viewer leads."""
        found = await self._people.find({"agency_id": viewer.agency_id})
        return _shared(viewer, found)

    async def keys(self, viewer: Viewer) -> list[ColleagueView]:
        """Return the keys that are good for a brand that the viewer leads."""
        where = {"agency_id": viewer.agency_id, "expires_at": {"$gt": self._clock.now()}}
        return _shared(viewer, await self._keys.find(where))

    async def revoke_key(self, actor: Viewer, name: str) -> None:
        """Make a key worthless at once."""
        await self._keys.delete({"agency_id": actor.agency_id, "name": name})
        await self._audit.append(actor, Act("key.revoked", name))

    async def key_viewer(self, token_hash: str) -> Viewer | None:
        """Return who a key stands for, or None when it is unknown or over."""
        found = await self._keys.find_one(
            {"_id": token_hash, "expires_at": {"$gt": self._clock.now()}}
        )
        if found is None:
            return None
        return Viewer(
            _key_id(found), f"API key {found['name']}", "", found["agency_id"], found["roles"]
        )


def _key_id(key: Document) -> str:
    return ids.derive("key", key["agency_id"], key["name"])


def viewer_of(person: Document) -> Viewer:
    """Return the viewer that an account is."""
    return Viewer(
        person["_id"], person["name"], person["email"], person["agency_id"], dict(person["roles"])
    )


def _shared(viewer: Viewer, found: list[Document]) -> list[ColleagueView]:
    """Return who shares a brand with the viewer, with nothing of the brands they do not share."""
    led = {brand_id for brand_id in viewer.roles if viewer.may_manage(brand_id)}
    views = []
    for one in found:
        roles = {brand_id: role for brand_id, role in one["roles"].items() if brand_id in led}
        if roles:
            is_active = one.get("is_active", True)
            views.append(
                ColleagueView(
                    one["name"], one.get("email", ""), roles, is_active, one.get("expires_at")
                )
            )
    return sorted(views, key=lambda view: view.name.casefold())
