"""`rapport people`: who may sign in, their roles, and API keys for machines. What a role may do is the gateway's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cli.stores import Opened
    from runtime.mongo import Document

# Written here as well, for the list of commands must come without loading the gateway.
ROLES = ("owner", "lead", "agent", "approver", "client_approver", "auditor")
LONGEST_KEY_DAYS = 3650
_ROLE = click.Choice(ROLES)
_role = click.option("--role", "roles", multiple=True, type=_ROLE, help="Goes with a --brand.")
_brand = click.option("--brand", "brands", multiple=True, help="The brand's name or id.")
_piped = click.option(
    "--password-stdin", "is_piped", is_flag=True, help="Read the password from a pipe."
)


@click.group()
def command() -> None:
    """Add people, give them roles, and make API keys."""


@command.command()
@click.option("--agency", required=True, help="The agency's name or id; a new name makes one.")
@click.option("--email", required=True, help="What they sign in with.")
@click.option("--name", required=True, help="How they are shown.")
@_role
@_brand
@_piped
def add(
    agency: str,
    email: str,
    name: str,
    roles: tuple[str, ...],
    brands: tuple[str, ...],
    is_piped: bool,
) -> None:
    """Add a person, with a role for each brand named.

    Repeat --role and --brand in pairs. Somebody who is there already gets the roles; their name
    and password stay. The password (10 characters or more) is asked for, or comes by a pipe.
    """
    from cli.finding import find_brand, tidy
    from cli.prompts import read_password
    from cli.stores import administer

    pairs, email, name = _pairs(roles, brands), _address(email), tidy(name, "--name")

    async def look(opened: Opened) -> bool:
        home = await _home_of_new(opened, agency, email)
        for brand, _ in pairs:
            await find_brand(opened, brand, home or "agy_new")
        return await opened.desk.people.by_email(email) is not None

    password = None if administer(look) else read_password(is_piped=is_piped)
    administer(lambda opened: _add(opened, agency, _Newcomer(email, name, password), pairs))


class _Newcomer:
    """Who is to be added; without a password for somebody who is there already."""

    def __init__(self, email: str, name: str, password: str | None) -> None:
        self.email, self.name, self.password = email, name, password


@command.command("list")
@click.option("--agency", help="Only this agency's people (name or id).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_people(agency: str | None, as_json: bool) -> None:
    """List people with their roles."""
    from cli.stores import administer
    from cli.tables import show

    rows = administer(lambda opened: _rows(opened, agency))
    show(rows, as_json=as_json, empty="Nobody yet: add somebody with rapport people add")


@command.command()
@click.argument("email")
@click.argument("brand")
@click.argument("role", type=click.Choice([*ROLES, "none"]))
def grant(email: str, brand: str, role: str) -> None:
    """Give the person with EMAIL a ROLE for BRAND (name or id); `none` takes it away."""
    from cli.stores import administer

    click.echo(administer(lambda opened: _grant(opened, email, brand, role)))


@command.command()
@click.argument("name")
@_brand
@_role
@click.option(
    "--days",
    required=True,
    type=click.IntRange(1, LONGEST_KEY_DAYS),
    help="How long it is valid.",
)
def key(name: str, brands: tuple[str, ...], roles: tuple[str, ...], days: int) -> None:
    """Make the API key NAME and print it, once.

    Repeat --role and --brand in pairs. A key of the same name stops working. Only the key goes to
    standard output.
    """
    from cli.environment import WrongInput
    from cli.finding import tidy
    from cli.stores import administer

    pairs, name = _pairs(roles, brands), tidy(name, "NAME")
    if not pairs:
        raise WrongInput("A key needs a brand and a role: give --brand B --role R.")
    token, sentence = administer(lambda opened: _make_key(opened, name, pairs, days))
    click.echo(sentence, err=True)
    click.echo(token)


@command.command()
@click.argument("email")
@_piped
def password(email: str, is_piped: bool) -> None:
    """Give the person with EMAIL a new password; all their sessions end."""
    from cli.finding import find_person
    from cli.prompts import read_password
    from cli.stores import administer

    administer(lambda opened: find_person(opened, email))
    fresh = read_password(is_piped=is_piped)
    click.echo(administer(lambda opened: _set_password(opened, email, fresh)))


def _pairs(roles: Sequence[str], brands: Sequence[str]) -> list[tuple[str, str]]:
    from cli.environment import WrongInput

    if len(roles) != len(brands):
        raise WrongInput(
            f"There are {len(roles)} --role and {len(brands)} --brand: give one --role for each "
            "--brand, in the same order."
        )
    return list(zip(brands, roles, strict=True))


def _address(email: str) -> str:
    from cli.environment import WrongInput

    name, at, domain = email.strip().lower().partition("@")
    if not (name and at and domain) or "@" in domain or not email.strip().isprintable():
        raise WrongInput(
            f"--email: {email!r} is no e-mail address; write it like ana@studio.example"
        )
    if " " in email.strip():
        raise WrongInput(f"--email: {email!r} has a space in it.")
    return f"{name}@{domain}"


async def _home_of_new(opened: Opened, agency: str, email: str) -> str | None:
    """Return the id of the agency that is named, or None when it is new. Refuses another's person."""
    from cli.environment import WrongInput
    from cli.finding import known_agency

    home = await known_agency(opened, agency)
    person = await opened.desk.people.by_email(email)
    if person is not None and (home is None or person["agency_id"] != home["_id"]):
        raise WrongInput(
            f"{email} belongs to another agency ({person['agency_id']}): name that one, or take "
            "another address."
        )
    return home["_id"] if home else None


async def _add(
    opened: Opened, agency: str, who: _Newcomer, pairs: Sequence[tuple[str, str]]
) -> None:
    from cli.finding import agency_or_new
    from cli.stores import operator
    from services.gateway.auth import Passwords
    from services.gateway.store.audit import Act
    from services.gateway.store.people import NewPerson

    home, is_new_agency = await agency_or_new(opened, agency)
    if is_new_agency:
        click.echo(f"New agency: {home['name']} ({home['_id']})")
    if who.password is None:
        click.echo(f"{who.email} is there already; name and password stay.")
    else:
        hashed = await Passwords().hash(who.password)
        new = NewPerson(home["_id"], who.email, who.name, hashed)
        person_id = await opened.desk.people.create(new)
        act = Act("person.created", person_id, after={"email": who.email, "name": who.name})
        await opened.desk.audit.append(operator(home["_id"]), act)
        click.echo(f"Added {who.name} <{who.email}> to {home['name']}.")
    for brand, role in pairs:
        click.echo(await _grant(opened, who.email, brand, role))
    if not pairs and who.password is not None:
        click.echo("They see no brand yet: rapport people grant EMAIL BRAND ROLE")


async def _grant(opened: Opened, email: str, brand: str, role: str) -> str:
    from cli.finding import find_brand, find_person
    from cli.stores import operator

    person = await find_person(opened, email)
    found = await find_brand(opened, brand, person["agency_id"])
    wanted: Any = None if role == "none" else role
    if person["roles"].get(found["_id"]) == wanted:
        return f"{person['email']} has the role {role} for {found['name']} already."
    actor = operator(person["agency_id"])
    await opened.desk.people.grant(actor, person["_id"], found["_id"], wanted)
    return f"{person['email']} has the role {role} for {found['name']} from now on."


async def _make_key(
    opened: Opened, name: str, pairs: Sequence[tuple[str, str]], days: int
) -> tuple[str, str]:
    from datetime import timedelta

    from cli.environment import WrongInput
    from cli.finding import find_brand
    from cli.stores import operator
    from services.gateway.auth import new_key_token
    from services.gateway.store.people import NewKey

    found = [(await find_brand(opened, brand), role) for brand, role in pairs]
    agency_id = found[0][0]["agency_id"]
    if any(brand["agency_id"] != agency_id for brand, _ in found):
        raise WrongInput("The brands belong to different agencies: make one key for each agency.")
    roles: Any = {brand["_id"]: role for brand, role in found}
    token, hashed = new_key_token()
    ends_at = opened.clock.now() + timedelta(days=days)
    where = {"agency_id": agency_id, "name": name}
    is_replacing = await opened.gateway.api_keys.find_one(where, fields=["_id"]) is not None
    new = NewKey(name, hashed, roles, ends_at)
    await opened.desk.people.create_key(operator(agency_id), new)
    old = " The key of that name from before no longer works." if is_replacing else ""
    day = ends_at.strftime("%Y-%m-%d")
    return token, f"API key {name}, valid until {day}; it is shown only now.{old}"


async def _set_password(opened: Opened, email: str, fresh: str) -> str:
    from cli.finding import find_person
    from cli.stores import operator
    from services.gateway.auth import Passwords
    from services.gateway.store.audit import Act
    from services.gateway.store.sessions import SessionStore, Span

    person = await find_person(opened, email)
    await opened.desk.people.set_password_hash(person["_id"], await Passwords().hash(fresh))
    sessions = SessionStore(opened.gateway, opened.clock, Span(0, 0))
    await sessions.end_all(person["_id"])
    act = Act("person.password", person["_id"])
    await opened.desk.audit.append(operator(person["agency_id"]), act)
    return f"{person['email']} has a new password; their sessions have ended."


async def _rows(opened: Opened, agency: str | None) -> list[Mapping[str, Any]]:
    from cli.finding import every_brand, find_agency

    where = {"agency_id": (await find_agency(opened, agency))["_id"]} if agency else {}
    fields = ["agency_id", "email", "name", "roles", "is_active"]
    found = await opened.gateway.people.find(where, sort=[("email", 1)], fields=fields)
    agencies = {one["_id"]: one["name"] for one in await opened.gateway.agencies.find({})}
    brands = {one["_id"]: one["name"] for one in await every_brand(opened)}
    return [_row(person, agencies, brands) for person in found]


def _row(
    person: Document, agencies: Mapping[str, str], brands: Mapping[str, str]
) -> Mapping[str, Any]:
    return {
        "email": person["email"],
        "name": person["name"],
        "agency": agencies.get(person["agency_id"], person["agency_id"]),
        "active": person["is_active"],
        "roles": {brands.get(brand, brand): role for brand, role in person["roles"].items()},
    }
