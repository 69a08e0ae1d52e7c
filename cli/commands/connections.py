"""`rapport connections`: the brands' accounts at the networks. Tokens are sealed before they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.stores import Opened
    from contracts.connections import State
    from contracts.scope import BrandScope
    from runtime.crypto import Sealer
    from runtime.mongo import Document

# The networks that are both read and answered. None: there is no address that fits everybody.
ADDRESSES: dict[str, str | None] = {
    "facebook": "https://graph.facebook.com/v23.0",
    "mastodon": None,
}
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(invoke_without_command=True)
@_AS_JSON
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List accounts (the default), add them, pause and resume them."""
    ctx.obj = as_json
    if ctx.invoked_subcommand is None:
        _show(as_json=as_json)


@command.command("list")
@_AS_JSON
@click.pass_obj
def list_connections(is_json_asked: bool, as_json: bool) -> None:
    """List every account: brand, state, and when a page of it was last read."""
    _show(as_json=as_json or is_json_asked)


@command.command()
@click.argument("network", type=click.Choice(list(ADDRESSES)))
@click.option("--brand", required=True, help="The brand's name or id.")
@click.option("--account", required=True, help="The account's id at the network.")
@click.option("--name", required=True, help="How the account is shown.")
@click.option("--handle", help="The account's handle, with or without @.")
@click.option("--base-url", help="Where the network's API is; for mastodon, your instance.")
@click.option("--token-stdin", "is_piped", is_flag=True, help="Read the token from a pipe.")
def add(  # noqa: PLR0913, PLR0917 -- click passes one argument for each option
    network: str,
    brand: str,
    account: str,
    name: str,
    handle: str | None,
    base_url: str | None,
    is_piped: bool,
) -> None:
    """Add an account of NETWORK, or give a known one a new token.

    The access token is asked for, or comes by a pipe; it is sealed with SEAL_KEYS at once. A
    running Rapport reads the account a moment later.
    """
    from cli.finding import find_brand, tidy
    from cli.prompts import read_token
    from cli.stores import administer

    account_id = _account_id(account)
    told = _Told(
        network, account_id, tidy(name, "--name"), _handle(handle), _url(network, base_url)
    )

    async def look(opened: Opened) -> None:
        _sealer()
        await find_brand(opened, brand)

    administer(look)
    token = read_token(is_piped=is_piped)
    click.echo(administer(lambda opened: _add(opened, brand, told, token)))


@command.command()
@click.argument("connection_id")
def pause(connection_id: str) -> None:
    """Stop reading and answering at an account, until it is resumed."""
    from cli.stores import administer

    click.echo(administer(lambda opened: _move(opened, connection_id, "paused")))


@command.command()
@click.argument("connection_id")
def resume(connection_id: str) -> None:
    """Go on with an account that was paused."""
    from cli.stores import administer

    click.echo(administer(lambda opened: _move(opened, connection_id, "active")))


@dataclass(frozen=True, slots=True)
class _Told:
    """An account as it was typed."""

    network: str
    account_id: str
    name: str
    handle: str | None
    base_url: str


def _show(*, as_json: bool) -> None:
    from cli.stores import administer
    from cli.tables import show

    show(administer(_rows), as_json=as_json, empty="No account yet: rapport connections add")


async def _rows(opened: Opened) -> list[Mapping[str, Any]]:
    from cli.finding import every_brand
    from contracts.scope import brand_filter

    scope = await opened.ingest.everyone()
    found = await opened.ingest.list_connections(scope)
    cursors = await opened.ingest.cursors.find(brand_filter(scope), fields=["saved_at"])
    read_at = {cursor["_id"]: cursor.get("saved_at") for cursor in cursors}
    brands = {brand["_id"]: brand["name"] for brand in await every_brand(opened)}
    return [
        {
            "network": one["network"],
            "account": one["account_id"],
            "name": one["name"],
            "brand": brands.get(one["brand_id"], one["brand_id"]),
            "state": one["state"],
            "reason": one.get("reason"),
            "last_page_at": read_at.get(one["_id"]),
            "id": one["_id"],
        }
        for one in found
    ]


def _account_id(told: str) -> str:
    from cli.environment import WrongInput

    account_id = told.strip()
    if not account_id or not account_id.isprintable() or " " in account_id or len(account_id) > 200:
        raise WrongInput(f"--account: {told!r} must be the account's id at the network, one word.")
    return account_id


def _handle(told: str | None) -> str | None:
    from cli.environment import WrongInput

    handle = (told or "").strip().lstrip("@")
    if " " in handle or not handle.isprintable():
        raise WrongInput(f"--handle: {told!r} must be one word, like @casaverde")
    return handle or None


def _url(network: str, told: str | None) -> str:
    from urllib.parse import urlsplit

    from cli.environment import WrongInput

    url = (told or ADDRESSES[network] or "").strip().rstrip("/")
    if not url:
        raise WrongInput(f"--base-url: {network} needs one, like https://{network}.example")
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not url.isascii() or not url.isprintable() or " " in url:
        raise WrongInput(
            f"--base-url: {told!r} must be a whole address, like https://social.example"
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise WrongInput("--base-url: give the address alone, without a name, ? or # in it.")
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        click.echo("Note: over http the token travels readable; use https outside tests.", err=True)
    return url


def _sealer() -> Sealer:
    import os

    from runtime.crypto import Sealer

    return Sealer.from_setting(os.environ.get("SEAL_KEYS", ""))


async def _add(opened: Opened, brand: str, told: _Told, token: str) -> str:
    from dataclasses import asdict

    from cli.finding import find_brand
    from cli.stores import operator
    from contracts import ids
    from contracts.scope import BrandScope
    from services.gateway.store.audit import Act
    from services.ingest.readers import seal_token
    from services.ingest.store import NewConnection

    found, sealer = await find_brand(opened, brand), _sealer()
    scope = BrandScope(found["agency_id"], found["_id"])
    connection_id = ids.connection_id(scope.brand_id, told.network, told.account_id)
    known = await _known(opened, scope, connection_id)
    if known is not None and _is_same(known, told, token, sealer):
        return f"{told.name} ({connection_id}) is connected like that already."
    sealed = seal_token(sealer, scope, connection_id, token)
    new = NewConnection(**asdict(told), sealed_token=sealed)
    await opened.ingest.connect(scope, new, opened.clock.now())
    verb = "added" if known is None else "renewed"
    act = Act(f"connection.{verb}", connection_id, scope.brand_id, after=asdict(told))
    await opened.desk.audit.append(operator(scope.agency_id), act)
    sentence = f"{told.name} ({connection_id}) is {verb} for {found['name']}"
    if known is not None and known["state"] == "paused":
        # A new token makes an account active; whoever paused it wants it to stay so.
        now = opened.clock.now()
        await opened.ingest.change_state(scope, connection_id, "paused", known["reason"], now)
        return f"{sentence} and stays paused: rapport connections resume {connection_id}"
    return f"{sentence}."


async def _known(opened: Opened, scope: BrandScope, connection_id: str) -> Document | None:
    found = await opened.ingest.list_connections(scope)
    return next((one for one in found if one["_id"] == connection_id), None)


def _is_same(known: Document, told: _Told, token: str, sealer: Sealer) -> bool:
    """Say whether nothing would change: else adding twice would announce, and read, anew."""
    from dataclasses import asdict

    from runtime.errors import Invalid

    if known["state"] not in {"active", "paused"}:
        return False
    if any(known.get(name) != value for name, value in asdict(told).items()):
        return False
    try:
        sealed = known["sealed_token"] or ""
        return sealer.open(sealed, brand_id=known["brand_id"], about=known["_id"]) == token
    except Invalid:
        return False


async def _move(opened: Opened, connection_id: str, state: State) -> str:
    from cli.environment import WrongInput
    from cli.finding import find_connection
    from cli.stores import operator
    from contracts.scope import BrandScope
    from runtime.errors import Conflict
    from services.gateway.store.audit import Act

    known = await find_connection(opened, connection_id)
    if known["state"] == state:
        return f"{known['name']} is {state} already."
    if known["state"] not in {"active", "paused"}:
        raise WrongInput(
            f"{known['name']} is {known['state']} and has no token that works: give it one with "
            f"rapport connections add {known['network']} ..."
        )
    scope = BrandScope(known["agency_id"], known["brand_id"])
    reason = "paused by an operator" if state == "paused" else None
    now = opened.clock.now()
    if not await opened.ingest.change_state(scope, connection_id, state, reason, now):
        raise Conflict("connection.changed", "The account changed meanwhile: try again.")
    verb = "paused" if state == "paused" else "resumed"
    act = Act(f"connection.{verb}", connection_id, scope.brand_id)
    await opened.desk.audit.append(operator(scope.agency_id), act)
    return f"{known['name']} is {state} from now on."
