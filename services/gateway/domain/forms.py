"""What a connect form was filled with, checked by the network's own fields. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from contracts.networks.protocol import Connecting, Field

LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form holds. `secrets` never leave the gateway in the clear; `problems` are by field."""

    base_url: str
    options: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def filled(connecting: Connecting, values: Mapping[str, str]) -> Filled:
    """Return what the fields hold; with a sentence in `problems` for each field that is wrong."""
    given = {name: value.strip() for name, value in values.items()}
    unknown = set(given) - {one.name for one in connecting.fields}
    problems = {name: f"There is no field {name}." for name in sorted(unknown)}
    read: dict[str, str] = {}
    for one in connecting.fields:
        value = given.get(one.name) or one.default
        problem = _problem(one, value)
        if problem:
            problems[one.name] = problem
        elif value:
            read[one.name] = _address(value) if one.kind == "url" else value
    secret = {one.name for one in connecting.fields if one.kind == "secret"}
    return Filled(
        base_url=(read.get("base_url") or connecting.base_url).rstrip("/"),
        options={n: v for n, v in read.items() if n not in secret and n != "base_url"},
        secrets={n: v for n, v in read.items() if n in secret},
        problems=problems,
    )


def has_form(connecting: Connecting) -> bool:
    """Say whether the form alone connects: where there is a sign-in, only with a token to type."""
    return bool(connecting.fields) and (
        connecting.oauth is None or any(one.kind == "secret" for one in connecting.fields)
    )


def beside_consent(connecting: Connecting) -> Connecting:
    """Return it with the fields that are asked beside the sign-in: no secret, and no server."""
    asked = (one for one in connecting.fields if one.kind != "secret" and one.name != "base_url")
    return replace(connecting, fields=tuple(asked))


def server_of(value: str) -> str | None:
    """Return the address of a server a person typed, without a profile; None when it is none."""
    address = _address(value.strip())
    if _problem(Field("base_url", "Server", "", "url"), address):
        return None
    parts = urlsplit(address)
    # Many paste the address of their profile, /@name; a server below a path keeps it.
    path = "" if parts.path.startswith("/@") else parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _problem(one: Field, value: str) -> str:
    if not value:
        return f"{one.label} is missing." if one.is_required else ""
    if len(value) > LONGEST:
        return f"{one.label} is too long."
    if not value.isprintable():
        return f"{one.label} has a character that cannot be typed. Copy it again."
    if one.kind == "url" and not _is_address(_address(value)):
        return f"{one.label} is no web address. It looks like https://example.com."
    if one.kind == "number" and not value.isdecimal():
        return f"{one.label} must be a number."
    return ""


def _address(value: str) -> str:
    return value if "://" in value else f"https://{value}"


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if any(letter.isspace() or letter in '<>"\\' for letter in value):
        return False
    is_web = parts.scheme in {"http", "https", "ws", "wss"} and bool(parts.hostname)
    return is_web and has_port and "@" not in parts.netloc
