"""The brands' playbooks and who is called. A brand that never changed its own has the default."""

from typing import Any

from pydantic import ValidationError

from contracts.scope import AgencyScope, BrandScope, brand_filter
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.playbooks import CALLED, Contact, Playbook, default_playbook
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.places import place_of
from services.gateway.storm_ports import PlaybookDetail


class PlaybookStore:
    """Reads and changes playbooks."""

    def __init__(self, database: GatewayDatabase, clock: Clock, audit: AuditStore) -> None:
        self._playbooks = database.playbooks
        self._brands = database.brands
        self._people = database.people
        self._clock = clock
        self._audit = audit

    async def get(self, scope: AgencyScope, brand_id: str) -> PlaybookDetail:
        """Return a brand's playbook. Raises `NotFound`."""
        place = await place_of(self._brands, scope, brand_id)
        found = await self._playbooks.find_one({"_id": brand_id, "brand_id": brand_id}) or {}
        stand_ins = await self._leads(place)
        return PlaybookDetail(
            brand_id,
            _read(found),
            found.get("revision", 0),
            [one["name"] for one in stand_ins],
            found.get("by_name", ""),
            found.get("at"),
        )

    async def change(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, revision: int, given: Any
    ) -> PlaybookDetail:
        """Put another playbook. Raises `NotFound`, `Forbidden`, `Conflict`, and `Invalid` with the
        first thing that is wrong."""
        await place_of(self._brands, scope, brand_id)
        if not viewer.may_manage(brand_id):
            raise Forbidden("playbook.not_yours", "Only an owner or lead may change the playbook.")
        playbook = checked(given)
        now = whole_ms(self._clock.now())
        told = {
            **playbook.model_dump(), "revision": revision + 1, "at": now,
            "by_id": viewer.person_id, "by_name": viewer.name,
        }  # fmt: skip
        here = {"_id": brand_id, "brand_id": brand_id}
        if revision == 0:
            is_written = await self._playbooks.insert({**here, **told})
        else:
            changed = await self._playbooks.update({**here, "revision": revision}, {"$set": told})
            is_written = changed.matched > 0
        if not is_written:
            why = "Somebody changed this playbook meanwhile. Load it again."
            raise Conflict("playbook.changed", why)
        after = {"revision": revision + 1, "steps": len(playbook.steps)}
        act = Act("playbook.changed", brand_id, brand_id, {"revision": revision}, after)
        await self._audit.append(viewer, act)
        return await self.get(scope, brand_id)

    async def steps(self, scope: BrandScope) -> list[Document]:
        """Return the steps that a new incident starts with."""
        return [one.model_dump() for one in (await self._read_of(scope)).steps]

    async def ladder(self, scope: BrandScope, role: str) -> list[Document]:
        """Return who is called for a role, in order: id, name, e-mail, webhook.

        Without a contact for the on-call, the brand's leads and owners are called by e-mail.
        """
        contacts = [one for one in (await self._read_of(scope)).contacts if one.role == role]
        if contacts or role != CALLED[0]:
            return [one.model_dump(exclude={"role"}) for one in contacts]
        return await self._leads(scope)

    async def is_paging_drills(self, scope: BrandScope) -> bool:
        """Say whether a drill calls people by e-mail and webhook, too."""
        return (await self._read_of(scope)).is_paging_drills

    async def contact(self, scope: BrandScope, contact_id: str) -> Contact | None:
        """Return a contact by its id, or None."""
        contacts = (await self._read_of(scope)).contacts
        return next((one for one in contacts if one.contact_id == contact_id), None)

    async def _read_of(self, scope: BrandScope) -> Playbook:
        here = {"_id": scope.brand_id, **brand_filter(scope)}
        return _read(await self._playbooks.find_one(here) or {})

    async def _leads(self, scope: BrandScope) -> list[Document]:
        where = {
            "agency_id": scope.agency_id, "is_active": True,
            f"roles.{scope.brand_id}": {"$in": ["lead", "owner"]},
        }  # fmt: skip
        found = await self._people.find(where, fields=["name", "email", "roles"])
        # Leads first: they are nearer to it than owners.
        found.sort(key=lambda one: (one["roles"][scope.brand_id], one["name"]))
        return [
            {
                "contact_id": one["_id"],
                "name": one["name"],
                "email": one["email"],
                "webhook_url": "",
            }
            for one in found
        ]


def checked(given: Any) -> Playbook:
    """Return the playbook that was given. Raises `Invalid` with the first thing that is wrong."""
    try:
        return Playbook.model_validate(given)
    except ValidationError as error:
        raise Invalid("playbook.invalid", _problem(error)) from None


def _problem(error: ValidationError) -> str:
    first = error.errors()[0]
    path = list(first["loc"])
    said = str(first["msg"]).removeprefix("Value error, ")
    if len(path) >= 2 and path[0] in {"steps", "contacts"}:
        which = f"{'Step' if path[0] == 'steps' else 'Contact'} {int(path[1]) + 1}"
        return f"{which}{', ' + str(path[2]) if len(path) > 2 else ''}: {said}."
    return f"{said}."


def _read(found: Document) -> Playbook:
    if not found:
        return default_playbook()
    told = {name: found[name] for name in Playbook.model_fields if name in found}
    return Playbook(**told)
