"""Changing an own answer that is out. Done twice it is the same, so a lost answer is simply done again."""

from dataclasses import replace

from contracts.networks.protocol import Rules
from services.respond.domain.publication import State, Why
from services.respond.networks.protocol import (
    Account,
    Amend,
    Amending,
    Done,
    Network,
    Outcome,
    Permanent,
    Sent,
    Target,
)
from services.respond.records import Context, Reply
from services.respond.store import Store

_UNKNOWN: Why = ("reply.nothing_to_change", "there is no answer of ours to change")


async def refusal(store: Store, known: Rules, reply: Reply, context: Context) -> Why | None:
    """Say why this answer cannot take the place of the one it names, or None."""
    if context.kind not in known.can_amend:
        return "network.cannot_amend", f"{known.title} has no way to change such an answer"
    ours = await store.replies_known_as(
        reply.scope, reply.target.connection_id, reply.replaces, None
    )
    is_ours = any(
        one.target.message_id == reply.target.message_id and one.reply_id != reply.reply_id
        and one.publication.state is State.PUBLISHED
        for one in ours
    )  # fmt: skip
    return None if is_ours else _UNKNOWN


async def change(
    network: Network, account: Account, target: Target, amend: tuple[str, str]
) -> Outcome:
    """Give our answer (id, new text) its new text; it keeps its id."""
    external_id, text = amend
    if not isinstance(network, Amending):
        return Permanent("network.cannot_amend", f"{network.name} has no way to change an answer")
    done = await network.amend(account, Amend(replace(target, external_id=external_id), text))
    return Sent(external_id) if isinstance(done, Done) else done
