"""Finds agencies, brands, people and accounts by what an operator types: an id or a name.

What is unknown or could mean two things is refused with a sentence that lists the choices.
"""

import re
import unicodedata
from collections.abc import Sequence

from cli.environment import WrongInput
from cli.stores import Opened, operator
from contracts.scope import brand_filter
from runtime.mongo import Document
from services.gateway.store.audit import Act

_MOST_NAMED = 12


def slug_of(name: str) -> str:
    """Return the natural key of a name: lower case, without accents, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    slug = re.sub(r"[\W_]+", "-", letters).strip("-")
    if not slug:
        raise WrongInput(f"{name!r} is no name: give one with letters or digits.")
    return slug


async def find_agency(opened: Opened, told: str) -> Document:
    """Return the agency of this id or name. Raises `WrongInput`."""
    found = await known_agency(opened, told)
    if found is None:
        every = await opened.gateway.agencies.find({}, sort=[("name", 1)])
        named = _named(every) or "none; make one with: rapport brands add --agency NAME ..."
        raise WrongInput(f"There is no agency {told!r}. There are: {named}")
    return found


async def known_agency(opened: Opened, told: str) -> Document | None:
    """Return the agency of this id or name, or None. Raises `WrongInput` when it could be several."""
    found = _matches(await opened.gateway.agencies.find({}), told)
    return _only(found, told, "agencies") if found else None


async def agency_or_new(opened: Opened, told: str) -> tuple[Document, bool]:
    """Return the agency of this id or name, made when there is none, and whether it is new."""
    found = await known_agency(opened, told)
    if found is not None:
        return found, False
    if told.startswith("agy_"):
        raise WrongInput(f"There is no agency with the id {told}: give its name to make a new one.")
    name = tidy(told, "agency")
    agency_id = await opened.desk.brands.create_agency(slug_of(name), name)
    act = Act("agency.created", agency_id, after={"name": name})
    await opened.desk.audit.append(operator(agency_id), act)
    return {"_id": agency_id, "name": name, "slug": slug_of(name), "brand_ids": []}, True


async def every_brand(opened: Opened) -> list[Document]:
    """Return the brands of all agencies, by name."""
    where = brand_filter(await opened.desk.brands.every())
    fields = ["agency_id", "slug", "name", "languages", "policy", "revision"]
    return await opened.gateway.brands.find(where, sort=[("name", 1)], fields=fields)


async def find_brand(opened: Opened, told: str, agency_id: str | None = None) -> Document:
    """Return the brand of this id or name (inside one agency, if told). Raises `WrongInput`."""
    every = await every_brand(opened)
    if agency_id is not None:
        every = [brand for brand in every if brand["agency_id"] == agency_id]
    found = _matches(every, told)
    if not found:
        where = " in this agency" if agency_id else ""
        named = _named(every) or "none; make one with: rapport brands add"
        raise WrongInput(f"There is no brand {told!r}{where}. There are: {named}")
    return _only(found, told, "brands")


async def find_person(opened: Opened, email: str) -> Document:
    """Return the account with this address. Raises `WrongInput`."""
    found = await opened.desk.people.by_email(email)
    if found is None:
        raise WrongInput(
            f"Nobody has the address {email!r}: see rapport people list, or add them "
            "with rapport people add"
        )
    return found


async def find_connection(opened: Opened, told: str) -> Document:
    """Return ingest's connection of this id, name or handle; of several at most one is not removed.

    Raises `WrongInput`.
    """
    wanted = " ".join(told.split()).casefold().removeprefix("@")
    every = await opened.ingest.list_connections(await opened.ingest.everyone())
    found = [one for one in every if one["_id"] == told]
    found = found or [one for one in every if one["state"] != "removed" and wanted in _names(one)]
    if not found:
        raise WrongInput(f"There is no account {told!r}: see rapport connections")
    if len(found) > 1:
        which = ", ".join(f"{one['_id']} ({one['network']})" for one in found)
        raise WrongInput(
            f"{told!r} names {len(found)} accounts: say NETWORK:{told}, or the id, one of {which}"
        )
    return found[0]


def tidy(name: str, what: str) -> str:
    """Return a name with single spaces. Raises `WrongInput` for an empty or endless one."""
    text = " ".join(name.split())
    if not text or len(text) > 100 or not text.isprintable():
        raise WrongInput(f"{what}: give a name of 1 to 100 printable characters.")
    return text


def _matches(every: Sequence[Document], told: str) -> list[Document]:
    """An id wins, then the name, then the name's natural key: the most exact that fits anything."""
    name = " ".join(told.split()).casefold()
    for field, wanted in (("_id", told), ("name", name), ("slug", slug_of(told))):
        if found := [one for one in every if str(one[field]).casefold() == wanted]:
            return found
    return []


def _names(connection: Document) -> set[str]:
    """Return what an account may be called by, with and without its network."""
    told = (connection["name"], connection.get("handle"), connection["account_id"])
    plain = {str(one).casefold().removeprefix("@") for one in told if one}
    return plain | {f"{connection['network']}:{one}" for one in plain}


def _only(found: Sequence[Document], told: str, kind: str) -> Document:
    if len(found) > 1:
        which = ", ".join(one["_id"] for one in found)
        raise WrongInput(f"{told!r} names {len(found)} {kind}: give the id instead, one of {which}")
    return found[0]


def _named(every: Sequence[Document]) -> str:
    rest = f" and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    return ", ".join(f"{one['name']} ({one['_id']})" for one in every[:_MOST_NAMED]) + rest
