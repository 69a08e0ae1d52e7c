"""Recognises the brand's own messages that come in as the answers whose receipts were lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from contracts.messages import MessageReceived
from contracts.scope import AgencyScope
from runtime.mongo import Write
from services.respond import notices
from services.respond.domain import publication
from services.respond.networks.matching import fingerprint
from services.respond.records import Echo, Reply, progress
from services.respond.store import Store

_SKEW = timedelta(seconds=120)


async def settle(
    store: Store, scope: AgencyScope, messages: Sequence[MessageReceived], now: datetime
) -> list[Write]:
    """Return the writes that give lost receipts back; each message is the receipt of one answer."""
    own = [one for one in messages if one.is_own and one.action == "created" and one.text]
    if not own:
        return []
    doubtful = await store.in_doubt(scope, {one.connection_id for one in own})
    writes: list[Write] = []
    for message in own:
        match = next((reply for reply in doubtful if is_echo(message, reply)), None)
        if match is None:
            continue
        doubtful.remove(match)
        after = publication.publish(
            match.publication, now, message.external_id, message.permalink, "found"
        )
        writes.append(progress(match, after, notices.step_events(match, after, now), now))
    return writes


def is_echo(message: MessageReceived, reply: Reply) -> bool:
    """Say whether this own message is what was sent: same account, place and text, not older."""
    lost, sent_at = reply.lost, reply.publication.sent_at
    if lost is None or sent_at is None or message.connection_id != reply.target.connection_id:
        return False
    echo = Echo(message.external_id, message.parent_external_id, message.thread_id, message.kind)
    is_place = echo.is_of(reply)
    is_recent = message.created_at is None or message.created_at >= sent_at - _SKEW
    return is_place and is_recent and fingerprint(message.text or "") == fingerprint(lost.text)
