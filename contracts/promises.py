"""What an answer of the brand promised. Payload of `promise.made.v1`."""

from pydantic import AwareDatetime

from contracts.replies import Approver, ReplyTarget


class PromiseMade(ReplyTarget):
    """A published answer promised something to its reader.

    `text` is the stretch of the answer, `due_text` the words in it that say when, `due_at` that moment
    by the brand's clock; both null where the answer names no time.
    """

    promise_id: str
    text: str
    due_text: str | None = None
    due_at: AwareDatetime | None = None
    language: str
    said_by: Approver
    made_at: AwareDatetime
