"""What people say about labels, and what another model would say. Payloads of the label topics."""

from pydantic import AwareDatetime, Field

from contracts.envelope import Payload
from contracts.messages import Labels
from contracts.replies import Approver


class LabelCorrected(Payload):
    """A person says what a label should be. `p` is what the model had said, `model` its version.

    `is_sample`: the message was drawn at random for labelling, so that it counts for the shares of the
    labels; a correction of a mistake that somebody came across does not.
    """

    brand_id: str
    message_id: str
    thread_id: str
    head: str
    label: str
    was: str
    p: dict[str, float]
    model: str
    text: str
    language: str
    is_sample: bool = False
    corrected_by: Approver
    corrected_at: AwareDatetime


class RelabelItem(Payload):
    """A stored message to be read again."""

    message_id: str
    text: str
    languages: list[str] | None = None


class RelabelRequested(Payload):
    """A part of a brand's stored messages that another model shall read beside the live stream."""

    job_id: str
    brand_id: str
    model: str
    part: int
    is_last: bool
    items: list[RelabelItem] = Field(max_length=500)


class Relabelled(Payload):
    """What the model says of one message."""

    message_id: str
    labels: Labels


class RelabelSettled(Payload):
    """A part of a job is read (`why` is null), or could not be, and why. Shadows use it for live messages."""

    job_id: str
    brand_id: str
    model: str
    part: int
    is_last: bool = False
    items: list[Relabelled] = Field(default_factory=list)
    why: str | None = None
    settled_at: AwareDatetime
