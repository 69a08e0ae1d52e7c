"""`rapport verify`: check recorded webhook calls and hand-shakes, one JSON case a line. The checks live in ingest."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.ingest.signatures import Call

_SECRETS = (
    "secret", "secrets", "public_key", "consumer_secret", "client_secret", "app_secret",
    "signing_secret", "secret_token",
)  # fmt: skip
_REFUSED = {"valid": False}


class BrokenCase(ValueError):
    """The line is no case: says what is wrong with it."""


@click.command()
def command() -> None:
    """Check the signatures of recorded webhook calls.

    Reads one case a line from standard input, in the form of fixtures/networks/signatures/vectors.json:
    scheme, headers, body_base64 (or body), secret (a list during rotation) and now (the receiver's
    clock). Prints {"valid": true|false} a line. A hand-shake (hub.challenge, x-crc,
    linkedin-challenge) prints the answer that would be sent. A line that is no case prints
    {"valid": false} and one line on stderr; the exit code is then 2.
    """
    is_broken = False
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            answer = check(_case(line))
        except BrokenCase as error:
            answer, is_broken = _REFUSED, True
            click.echo(f"rapport verify: line {number}: {error}", err=True)
        click.echo(json.dumps(answer))
    if is_broken:
        sys.exit(2)


def check(case: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is printed for a case. Raises `BrokenCase`."""
    from services.ingest import signatures

    scheme = case.get("scheme")
    if not isinstance(scheme, str):
        raise BrokenCase("scheme is missing")
    handshake = {"hub.challenge": _hub, "x-crc": _crc, "linkedin-challenge": _linkedin}.get(scheme)
    if handshake is not None:
        return handshake(case)
    if scheme not in signatures.SCHEMES:
        known = ", ".join([*signatures.SCHEMES, "hub.challenge", "x-crc", "linkedin-challenge"])
        raise BrokenCase(f"unknown scheme {scheme!r}; known: {known}")
    return {"valid": signatures.is_valid(scheme, _call(case), _secrets(case, *_SECRETS))}


def _case(line: bytes) -> Mapping[str, Any]:
    try:
        case = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BrokenCase(f"not JSON in UTF-8: {error}") from None
    if not isinstance(case, dict):
        raise BrokenCase("not a JSON object")
    return case


def _call(case: Mapping[str, Any]) -> Call:
    from services.ingest.signatures import Call

    headers = case.get("headers") or {}
    if not isinstance(headers, dict):
        raise BrokenCase("headers is not an object")
    return Call(_body(case), {name: _value(value) for name, value in headers.items()}, _now(case))


def _value(value: object) -> object:
    """A header's value as text: recordings also write numbers, and lists of one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _body(case: Mapping[str, Any]) -> bytes:
    """The raw bytes: base64 wins over text, for only it can hold every byte."""
    from base64 import b64decode

    encoded = case.get("body_base64")
    try:
        if isinstance(encoded, str):
            return b64decode(encoded, validate=True)
        text = case.get("body", case.get("body_text", ""))
        return text.encode() if isinstance(text, str) else b""
    except ValueError as error:
        raise BrokenCase(f"the body cannot be read: {error}") from None


def _now(case: Mapping[str, Any]) -> float | None:
    """The receiver's clock. Without one the age is not checked: a known vector has no clock."""
    now = case.get("now")
    if now is None:
        return None
    try:
        return float(now)
    except (TypeError, ValueError):
        raise BrokenCase("now is not a number of unix seconds") from None


def _secrets(case: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    value = next((case[name] for name in names if case.get(name) is not None), None)
    values = value if isinstance(value, list) else [value]
    return tuple(one for one in values if isinstance(one, str) and one)


def _hub(case: Mapping[str, Any]) -> Mapping[str, Any]:
    from dataclasses import asdict

    from services.ingest.handshakes import hub_challenge

    return asdict(hub_challenge(_text(case, "query"), _secrets(case, "verify_token", "secret")))


def _crc(case: Mapping[str, Any]) -> Mapping[str, Any]:
    from services.ingest.handshakes import x_crc

    return x_crc(_text(case, "crc_token"), _one_secret(case, "consumer_secret", "secret"))


def _linkedin(case: Mapping[str, Any]) -> Mapping[str, Any]:
    from services.ingest.handshakes import linkedin_challenge

    code = _text(case, "challengeCode")
    return linkedin_challenge(code, _one_secret(case, "client_secret", "secret"))


def _one_secret(case: Mapping[str, Any], *names: str) -> str:
    secrets = _secrets(case, *names)
    if not secrets:
        raise BrokenCase(f"{names[0]} is missing")
    return secrets[0]


def _text(case: Mapping[str, Any], name: str) -> str:
    """The field, or the parameter of that name in the query of the request."""
    from urllib.parse import parse_qs

    value = case.get(name)
    if value is None and isinstance(case.get("query"), str):
        value = parse_qs(case["query"].lstrip("?")).get(name, [None])[0]
    if not isinstance(value, str):
        raise BrokenCase(f"{name} is missing")
    return value
