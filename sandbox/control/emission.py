"""What a caller of POST /__control/emit asks for."""

from typing import Literal

from pydantic import BaseModel, Field

from sandbox.models import Network


class CannotEmit(Exception):
    """There is nothing to answer, edit, delete or hide, or the network has no such thing."""


class Emission(BaseModel):
    """What shall happen. `id` names the item to answer, edit, delete or hide; the last one if not."""

    network: Network
    account: str
    kind: Literal[
        "comment", "reply", "edit", "delete", "hide", "unhide", "mention", "dm", "review"
    ] = "comment"
    text: str | None = None
    author: str | None = None
    post: str | None = None
    id: str | None = None
    language: str = "en"
    count: int = Field(default=1, ge=1, le=1000)
    # What only this network has: a rating, a subject, a receipt.
    extra: dict[str, str] = Field(default_factory=dict)
