"""`rapport brands`: the client brands, and how they speak. A change is announced by the gateway's outbox."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, BinaryIO

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.stores import Opened
    from contracts.brands import Voice
    from services.gateway.store.brands import NewBrand

# Written here as well, for the list of commands must come without loading the contracts.
MODES = ("silent", "suggest", "hold", "automatic")
COLOURS = ("#2f6f4f", "#8a4b20", "#2a5bd7", "#7a3b8f", "#a33a4b", "#1f6f7a", "#5b5fc7", "#6b5b1f")
_MOST_PROBLEMS = 10
_MOST_BYTES = 500_000


@click.group()
def command() -> None:
    """Add brands, list them, and load how they speak."""


@command.command()
@click.option("--agency", required=True, help="The agency's name or id; a new name makes one.")
@click.option("--name", required=True, help="The brand's name, as everybody sees it.")
@click.option(
    "--languages", default="en", show_default=True, help="Like es,en; the first is the default."
)
@click.option("--colour", help="Like #2f7d4f; one is chosen when none is told.")
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default="suggest",
    show_default=True,
    help="How far answers may go without a person.",
)
def add(agency: str, name: str, languages: str, colour: str | None, mode: str) -> None:
    """Add a brand. One that is there already stays as it is."""
    from cli.stores import administer

    new = _new_brand(name, languages, colour, mode)
    administer(lambda opened: _add(opened, agency, new))


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_brands(as_json: bool) -> None:
    """List the brands of all agencies."""
    from cli.stores import administer
    from cli.tables import show

    show(administer(_rows), as_json=as_json, empty="No brand yet: rapport brands add")


@command.command()
@click.argument("brand")
@click.argument("file", type=click.File("rb"))
def voice(brand: str, file: BinaryIO) -> None:
    """Load how BRAND (name or id) speaks and what it knows from the JSON file FILE (`-`: a pipe).

    The file is an object with any of signature, uses_emoji, phrases and facts. What it holds
    replaces what was there; what it leaves out stays.
    """
    from cli.stores import administer

    told = _told(file)
    click.echo(administer(lambda opened: _load(opened, brand, told)))


def _new_brand(name: str, languages: str, colour: str | None, mode: str) -> NewBrand:
    import zlib

    from cli.environment import WrongInput
    from cli.finding import slug_of, tidy
    from contracts.brands import Policy, Voice
    from services.gateway.store.brands import NewBrand

    name = tidy(name, "--name")
    slug = slug_of(name)
    codes = list(dict.fromkeys(code.strip().lower() for code in languages.split(",")))
    if not all(re.fullmatch("[a-z]{2}", code) for code in codes):
        raise WrongInput(f"--languages: {languages!r} must be two-letter codes, like es,en")
    colour = (colour or COLOURS[zlib.crc32(slug.encode()) % len(COLOURS)]).lower()
    if not re.fullmatch("#[0-9a-f]{6}", colour):
        raise WrongInput(f"--colour: {colour!r} must be # and six hexadecimal digits, like #2f7d4f")
    policy = Policy.model_validate({"mode": mode})
    return NewBrand(slug, name, _initials(name), colour, codes, policy, Voice())


def _initials(name: str) -> str:
    words = re.findall(r"\w+", name)
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else words[0][:2]
    return str(letters.upper()[:3])


async def _add(opened: Opened, agency: str, new: NewBrand) -> None:
    from cli.finding import agency_or_new, every_brand
    from cli.stores import operator
    from services.gateway.store.audit import Act

    home, is_new_agency = await agency_or_new(opened, agency)
    if is_new_agency:
        click.echo(f"New agency: {home['name']} ({home['_id']})")
    for brand in await every_brand(opened):
        if brand["agency_id"] == home["_id"] and brand["slug"] == new.slug:
            click.echo(f"{brand['name']} ({brand['_id']}) is there already and stays as it is.")
            return
    brand_id = await opened.desk.brands.create(home["_id"], new)
    act = Act("brand.created", brand_id, brand_id, after={"name": new.name})
    await opened.desk.audit.append(operator(home["_id"]), act)
    click.echo(f"Added {new.name} ({brand_id}) to {home['name']}, mode {new.policy.mode}.")


async def _rows(opened: Opened) -> list[Mapping[str, Any]]:
    from cli.finding import every_brand

    agencies = {one["_id"]: one["name"] for one in await opened.gateway.agencies.find({})}
    return [
        {
            "brand": brand["name"],
            "id": brand["_id"],
            "agency": agencies.get(brand["agency_id"], brand["agency_id"]),
            "languages": brand["languages"],
            "mode": brand["policy"]["mode"],
            "revision": brand["revision"],
        }
        for brand in await every_brand(opened)
    ]


def _told(file: BinaryIO) -> Mapping[str, Any]:
    from cli.environment import WrongInput

    raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise WrongInput(f"{file.name} is larger than {_MOST_BYTES // 1000} kB: shorten the facts.")
    try:
        told = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise WrongInput(f"{file.name} is not UTF-8 text (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise WrongInput(f"{file.name} is not JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise WrongInput(f"{file.name} is nested too deeply.") from None
    if not isinstance(told, dict):
        raise WrongInput(f"{file.name} must hold one object with phrases and facts.")
    return told


def _voice(told: Mapping[str, Any]) -> Voice:
    """Return the voice; every wrong field is named as a path, like facts[0].keywords."""
    from pydantic import ValidationError

    from cli.environment import WrongInput
    from contracts.brands import Voice

    try:
        voice = Voice.model_validate(told, strict=True)
    except ValidationError as error:
        problems = [
            f"{_path(one['loc'])}: {_complaint(one['type'], one['msg'])}"
            for one in error.errors(include_url=False, include_input=False)
        ]
        rest = len(problems) - _MOST_PROBLEMS
        more = [f"and {rest} more problems"] if rest > 0 else []
        raise WrongInput(
            "\n  ".join(["The voice is not right.", *problems[:_MOST_PROBLEMS], *more])
        ) from None
    _refuse_repeats("facts", "fact_id", [fact.fact_id for fact in voice.facts])
    _refuse_repeats("phrases", "language", [phrases.language for phrases in voice.phrases])
    return voice


def _path(parts: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return path.removeprefix(".") or "the file"


def _complaint(kind: str, message: str) -> str:
    known = {
        "missing": "is missing",
        "extra_forbidden": "is no field here; take it out or correct its name",
    }
    return known.get(kind, message[:1].lower() + message[1:])


def _refuse_repeats(where: str, name: str, values: list[str]) -> None:
    from cli.environment import WrongInput

    seen: dict[str, int] = {}
    for number, value in enumerate(values):
        if value in seen:
            raise WrongInput(
                f"{where}[{number}].{name}: {value!r} is in {where}[{seen[value]}] already; "
                "each may be there once."
            )
        seen[value] = number


async def _load(opened: Opened, told_brand: str, told: Mapping[str, Any]) -> str:
    from cli.finding import find_brand
    from cli.stores import operator
    from contracts.scope import AgencyScope
    from services.gateway.deps import BrandChange

    found = await find_brand(opened, told_brand)
    brand_id, agency_id = found["_id"], found["agency_id"]
    scope = AgencyScope(agency_id, frozenset({brand_id}))
    detail = await opened.desk.brands.get(scope, brand_id)
    voice = _voice({**detail.voice.model_dump(), **told})
    holds = f"{len(voice.facts)} fact(s), phrases in {len(voice.phrases)} language(s)"
    if voice == detail.voice:
        return f"{found['name']} speaks like that already ({holds})."
    change = BrandChange(detail.revision, voice=voice)
    actor = operator(agency_id, {brand_id: "owner"})
    changed = await opened.desk.brands.change(scope, actor, brand_id, change)
    return f"{found['name']} has {holds} (revision {changed.revision})."
