"""Fills in a network's connect form from options, a pipe and a terminal. Sending it is wishes.py's."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import click

from cli.environment import WrongInput
from cli.prompts import read_secret, read_token
from contracts.networks.protocol import Connecting, Field, Rules
from runtime.crypto import Letterbox, seal_to
from services.gateway.domain.forms import Filled, filled
from services.gateway.ports import Wanted

_TOKEN = Field("token", "Access token", "One that the network gave you.", "secret")
_ADDRESS = Field("base_url", "Address", "Where the network's API is.", "url", is_required=False)
_LOCAL = {"127.0.0.1", "localhost", "::1"}


def pairs(told: tuple[str, ...]) -> dict[str, str]:
    """Return `name=value` options by name. Raises `WrongInput`."""
    found: dict[str, str] = {}
    for one in told:
        name, is_pair, value = one.partition("=")
        if not is_pair or not name:
            raise WrongInput(f"--field: {one!r} must be name=value.")
        found[name.strip()] = value
    return found


def fill(found: Rules, told: Mapping[str, str], *, is_piped: bool) -> Filled:
    """Return the filled form, asking at the terminal for what is missing. Raises `WrongInput`."""
    form = _form(found, is_piped=is_piped)
    _refuse_secrets(form, told)
    is_terminal = sys.stdin.isatty() and not is_piped
    if is_terminal:
        _explain(found)
    given = {**told, **_answers(form, told, is_terminal=is_terminal)}
    token = next((one for one in form.fields if one.name == "token"), None)
    # Everything else is looked at first: a secret is asked for once, and last.
    looked = filled(replace(form, fields=tuple(one for one in form.fields if one != token)), given)
    if looked.problems:
        raise WrongInput(_problems(found, looked.problems))
    if token is not None:
        given["token"] = _secret(token, is_piped=is_piped)
    complete = filled(form, given)
    if complete.problems:
        raise WrongInput(_problems(found, complete.problems))
    _warn(complete.base_url)
    return complete


def sealed(wanted: Wanted, network: str, form: Filled, name: str | None) -> Wanted:
    """Return the wish with the form in it, its secrets for ingest's eyes only. Raises `Misconfigured`."""
    options = {**form.options, "name": name} if name else form.options
    secrets = None
    if form.secrets:
        secrets = seal_to(
            public_key(),
            json.dumps(form.secrets),
            brand_id=wanted.brand_id,
            about=wanted.request_id,
        )
    return replace(
        wanted, network=network, base_url=form.base_url, options=options, sealed_secrets=secrets
    )


def public_key() -> str:
    """Return the key that ingest opens letters of. Raises `Misconfigured`."""
    return Letterbox.from_setting(os.environ.get("SEAL_KEYS", "")).public_key


def _form(found: Rules, *, is_piped: bool) -> Connecting:
    """The network's form, with a token where one is piped, and an address that tests may change."""
    names = {one.name for one in found.connecting.fields}
    if "token" not in names and found.connecting.oauth is not None and not is_piped:
        raise WrongInput(_in_browser(found))
    more = [_TOKEN] if "token" not in names and is_piped else []
    more += [_ADDRESS] if "base_url" not in names else []
    return replace(found.connecting, fields=(*found.connecting.fields, *more))


def _in_browser(found: Rules) -> str:
    inbox = os.environ.get("PUBLIC_URL", "the inbox").rstrip("/")
    steps = "\n".join(f"  - {step}" for step in found.connecting.steps)
    return (
        f"{found.title} is connected by signing in there: open {inbox}/connect/{found.network} as an "
        f"owner or lead of the brand.\n{steps}\nWith an access token at hand: --token-stdin"
    )


def _refuse_secrets(form: Connecting, told: Mapping[str, str]) -> None:
    for one in form.fields:
        if one.kind == "secret" and one.name in told:
            raise WrongInput(
                f"--field {one.name}: a secret is no argument, others could read it. "
                "It is asked for, or piped with --token-stdin."
            )


def _explain(found: Rules) -> None:
    click.echo(f"{found.title}")
    for number, step in enumerate(found.connecting.steps, 1):
        click.echo(f"  {number}. {step}")
    for one in found.connecting.fields:
        if not one.is_required:
            click.echo(f"  --field {one.name}=…  {one.label} (optional). {one.help}")


def _answers(form: Connecting, told: Mapping[str, str], *, is_terminal: bool) -> dict[str, str]:
    """Ask for what must be there, is not, and is no secret."""
    wanted = [
        one
        for one in form.fields
        if one.is_required and not one.default and one.kind != "secret" and not told.get(one.name)
    ]
    if not is_terminal:
        return {}
    return {one.name: str(click.prompt(f"{one.label} ({one.help})")) for one in wanted}


def _secret(one: Field, *, is_piped: bool) -> str:
    if "password" in one.label.lower():
        return read_secret("token", is_piped=is_piped, shown_as=one.label)
    return read_token(is_piped=is_piped, shown_as=one.label)


def _problems(found: Rules, problems: Mapping[str, str]) -> str:
    known = {one.name: one for one in found.connecting.fields}
    lines = []
    for name, problem in problems.items():
        told = known[name].help if name in known else f"{found.title} has: {', '.join(known)}"
        lines.append(f"--field {name}=…: {problem} {told}")
    return "\n".join(lines)


def _warn(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        click.echo("Note: over http the token travels readable; use https outside tests.", err=True)
