"""What a person does to somebody's item at its network, short of answering. Payloads of the moderation topics."""

from typing import Literal

from pydantic import AwareDatetime

from contracts.envelope import Payload
from contracts.messages import Kind
from contracts.replies import Approver

Act = Literal["hide", "unhide", "delete", "like", "unlike", "block", "unblock"]
ACTS: tuple[Act, ...] = ("hide", "unhide", "delete", "like", "unlike", "block", "unblock")


class ModerationTarget(Payload):
    """Which act on which message. The same `moderation_id` always stands for the same act.

    `reply_id`: the act is done to our own answer of that id, and the message is what it answers.
    """

    moderation_id: str
    brand_id: str
    connection_id: str
    network: str
    message_id: str
    thread_id: str
    act: Act
    reply_id: str | None = None


class ModerationRequested(ModerationTarget):
    """A person wants the act done, and says why."""

    external_id: str
    kind: Kind
    author_id: str | None = None
    reason: str
    requested_by: Approver
    requested_at: AwareDatetime


class ModerationSettled(ModerationTarget):
    """done: the network did it. failed: it never will, with the reason. parked: a person decides."""

    state: Literal["done", "failed", "parked"]
    code: str | None = None
    reason: str | None = None
    attempts: int
    settled_at: AwareDatetime
