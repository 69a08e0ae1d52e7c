"""Puts the gateway's signature on what respond acts upon. What is signed, is in contracts/approval.py."""

from typing import TypeVar

from contracts.approval import sealed_bytes
from contracts.replies import ReplyApproved, ReplyExpired, Seal
from runtime.crypto import Signer

P = TypeVar("P", ReplyApproved, ReplyExpired)


def sealed(signer: Signer, payload: P) -> P:
    """Return the payload with the signature over all the rest of it."""
    seal = Seal(key_id=signer.key_id, signature=signer.sign(sealed_bytes(payload)))
    return payload.model_copy(update={"seal": seal})
