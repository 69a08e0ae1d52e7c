"""`rapport connections`: the brands' accounts at the networks, how well they are read, and what may be
asked of them. Everything is asked of ingest, which asks the network."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cli.stores import Opened
    from cli.wishes import Outcome
    from contracts.connections import Wish
    from runtime.mongo import Document
    from services.gateway.domain.forms import Filled

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_DONE = {
    "check": "is fine: the network accepts its permission.",
    "pause": "is paused from now on.",
    "resume": "is read and answered again.",
    "remove": "is removed; its token is forgotten.",
}


@click.group(invoke_without_command=True)
@_AS_JSON
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List accounts and their health (the default), add them, check, pause, resume, remove them."""
    ctx.obj = as_json
    if ctx.invoked_subcommand is None:
        _show(as_json=as_json)


@command.command("list")
@_AS_JSON
@click.pass_obj
def list_connections(is_json_asked: bool, as_json: bool) -> None:
    """List every account: state, health, and what to do about those in trouble."""
    _show(as_json=as_json or is_json_asked)


@command.command()
@click.argument("network")
@click.option("--brand", required=True, help="The brand's name or id.")
@click.option("--field", "fields", multiple=True, help="name=value of the network's form.")
@click.option("--name", help="How the account is shown; the network's own name if not told.")
@click.option("--base-url", help="Where the network's API is, if not at its usual address.")
@click.option("--token-stdin", "is_piped", is_flag=True, help="Read the token from a pipe.")
def add(
    network: str,
    brand: str,
    fields: tuple[str, ...],
    name: str | None,
    base_url: str | None,
    is_piped: bool,
) -> None:
    """Add an account of NETWORK, or give a known one a new token.

    Asks for what the network's form needs; a token or password is asked for unseen, or comes by a
    pipe, and is sealed at once. The network says whose it is, so Rapport must be running.
    """
    from cli.finding import find_brand, tidy
    from cli.forms import fill, pairs, public_key
    from cli.stores import administer

    found = _rules(network)
    told = {**pairs(fields), **({"base_url": base_url} if base_url else {})}
    shown = tidy(name, "--name") if name else None

    async def look(opened: Opened) -> None:
        public_key()
        await find_brand(opened, brand)

    administer(look)
    form = fill(found, told, is_piped=is_piped)
    _tell(administer(lambda opened: _add(opened, brand, network, form, shown)))


@command.command()
@click.argument("connection")
def check(connection: str) -> None:
    """Ask the network whether it still accepts the account's permission."""
    _wish("check", connection)


@command.command()
@click.argument("connection")
def pause(connection: str) -> None:
    """Stop reading and answering at an account, until it is resumed."""
    _wish("pause", connection)


@command.command()
@click.argument("connection")
def resume(connection: str) -> None:
    """Go on with an account that was paused."""
    _wish("resume", connection)


@command.command()
@click.argument("connection")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(connection: str, yes: bool) -> None:
    """Forget an account's token and stop using it; what was read stays."""
    if not yes:
        click.confirm(f"Remove {connection}? It can be added again later", abort=True)
    _wish("remove", connection)


def _show(*, as_json: bool) -> None:
    from cli.health import remarks, short_rows
    from cli.stores import administer
    from cli.tables import show

    rows, now = administer(_rows)
    empty = "No account yet: rapport connections add"
    show(rows if as_json else short_rows(rows, now), as_json=as_json, empty=empty)
    for remark in [] if as_json else remarks(rows):
        click.echo(remark)


async def _rows(opened: Opened) -> tuple[list[dict[str, Any]], Any]:
    from cli.health import account_rows

    return await account_rows(opened), opened.clock.now()


def _rules(network: str) -> Any:
    from cli.environment import WrongInput
    from contracts.networks.table import NETWORKS, rules

    try:
        return rules(network)
    except KeyError:
        why = f"There is no network {network!r}. There are: {', '.join(NETWORKS)}"
        raise WrongInput(why) from None


async def _add(
    opened: Opened, brand: str, network: str, form: Filled, name: str | None
) -> tuple[list[str], str | None]:
    from cli import wishes
    from cli.finding import find_brand
    from cli.forms import sealed
    from contracts.scope import BrandScope

    found = await find_brand(opened, brand)
    scope = BrandScope(found["agency_id"], found["_id"])
    wanted = sealed(wishes.new_wish(scope.brand_id, "connect"), network, form, name)
    await wishes.ask(opened, scope, wanted)
    try:
        came = await wishes.outcome(opened, scope, wanted)
    except wishes.Refused as refused:
        return [], str(refused)
    return _came(came, f"is connected for {found['name']}.")


def _wish(wish: Wish, connection: str) -> None:
    from cli.stores import administer

    _tell(administer(lambda opened: _ask(opened, wish, connection)))


async def _ask(opened: Opened, wish: Wish, connection: str) -> tuple[list[str], str | None]:
    from cli import wishes
    from cli.finding import find_connection
    from contracts.scope import BrandScope

    known = await find_connection(opened, connection)
    _guard(known, wish)
    scope = BrandScope(known["agency_id"], known["brand_id"])
    wanted = wishes.new_wish(scope.brand_id, wish, known)
    await wishes.ask(opened, scope, wanted)
    try:
        came = await wishes.outcome(opened, scope, wanted)
    except wishes.Refused as refused:
        return [], str(refused)
    return _came(came, _DONE[wish])


def _guard(known: Document, wish: Wish) -> None:
    """Refuse what fits no account in this state, in words for whoever types."""
    from cli.environment import WrongInput

    state = known["state"]
    if (wish, state) in {("pause", "paused"), ("resume", "active"), ("remove", "removed")}:
        raise WrongInput(f"{known['name']} is {state} already.")
    if state == "removed" or (state == "needs_reauthorisation" and wish in {"resume", "check"}):
        raise WrongInput(
            f"{known['name']} is {state.replace('_', ' ')} and has no token that works: give it one "
            f"with rapport connections add {known['network']} ..."
        )


def _came(came: Outcome, verb: str) -> tuple[list[str], str | None]:
    if came.accounts is None:
        return [], "It is still being worked on: see rapport connections in a minute."
    return [f"{one['name']} ({one['network']}, {one['_id']}) {verb}" for one in came.accounts], None


def _tell(said: tuple[list[str], str | None]) -> None:
    sentences, complaint = said
    for sentence in sentences:
        click.echo(sentence)
    if complaint is not None:
        click.echo(complaint, err=True)
        sys.exit(1)
