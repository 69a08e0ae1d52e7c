"""Whose yes an answer needs, who has given it, and what makes a yes worthless. Pure."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.approval import ROLES, Situation, missing, needs
from contracts.brands import BrandChanged, Need
from contracts.messages import Labels
from contracts.replies import Approval, Consent, ReplyApproved
from language.wording.answers import verdict_on
from language.wording.rules import Verdict
from services.gateway.domain.inbox import Document
from services.gateway.domain.refusals import Refusal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GOOD_FOR = timedelta(hours=24)
"""How long after its moment an approved answer may still leave."""
_BY_PERSONS = {
    "approved_by", "approved_at", "consents", "brand_revision", "expires_at", "is_edited", "seal",
}  # fmt: skip
_WORDS: dict[Need, str] = {
    "agent": "an agent", "approver": "an approver", "client_approver": "the client's approver",
    "lead": "a lead",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the approval of an answer stands.

    `voided` says why an earlier yes no longer counts; `expires_at` when those who wait give up.
    """

    needs: tuple[Need, ...]
    consents: tuple[Consent, ...] = ()
    missing: tuple[Need, ...] = ()
    voided: str | None = None
    expires_at: datetime | None = None

    def counts(self, role: str | None) -> bool:
        """Say whether a yes in this role brings the answer nearer to leaving."""
        return role is not None and role in useful_roles(self.needs, self.consents)


def labels_of(found: Document) -> Labels | None:
    """Return the labels of the text as it is now; None while that version is not understood."""
    labels = found.get("labels")
    if not labels or labels.get("version") != (found.get("content") or {}).get("version"):
        return None
    return Labels.read(labels["value"])


def verdict_of(brand: BrandChanged, found: Document, text: str, *, is_private: bool) -> Verdict:
    """Return what the brand's wording rules say about a text as the answer to this message."""
    is_public = found["content"]["kind"] != "dm" and not is_private
    return verdict_on(brand, text, labels_of(found), is_public=is_public)


def refusal_of_wording(verdict: Verdict) -> Refusal | None:
    """Say why no text like this can leave."""
    if verdict.blocks:
        first = verdict.blocks[0]
        why = f" {first.why.rstrip('.')}." if first.why else ""
        return Refusal(
            first.code, f"The brand's rules do not allow \u201c{first.text}\u201d.{why} Change it."
        )
    if verdict.missing:
        why = f"The brand's rules ask for these words: \u201c{verdict.missing[0]}\u201d. Add them."
        return Refusal("wording.missing", why)
    return None


def wanted(
    brand: BrandChanged, found: Document, record: Document, *, is_routed: bool = False
) -> tuple[Need, ...]:
    """Return the consents that an answer to this message needs now."""
    content = found["content"]
    asked = _drafted_for(found, record)
    situation = Situation(
        content["network"], content["kind"], labels_of(found), asked, is_routed=is_routed
    )
    return needs(brand.policy_for(content["network"]), situation)


def _drafted_for(found: Document, record: Document) -> Approval | None:
    """Return what the newest proposal asked for; a second answer to a message has none of its own."""
    slots = found.get("slots") or {}
    newest = [slots[name] for name in sorted(slots, key=lambda name: -int(name[1:]))]
    asked = ((one.get("drafted") or {}).get("approval") for one in (record, *newest))
    return next((one for one in asked if one is not None), None)


def digest_of(payload: ReplyApproved) -> str:
    """Return what a yes is bound to: everything about the answer but who lets it go, and when."""
    content = payload.model_dump(mode="json", exclude=_BY_PERSONS)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def given(record: Document, digest: str | None = None) -> list[Consent]:
    """Return the consents that were given and kept; with a digest: to exactly this answer."""
    asked = record.get("asked") or {}
    if digest is not None and asked.get("digest") != digest:
        return []
    return [Consent.read(one) for one in asked.get("consents") or []]


def standing(found: Document, record: Document, asks: tuple[Need, ...], text: str) -> Standing:
    """Return where the approval of the text that is shown stands."""
    asked = record.get("asked") or {}
    consents = given(record)
    voided = record.get("voided")
    if consents and asked.get("message_version") != found["content"].get("version"):
        voided, consents = "The author changed the message.", []
    if consents and asked.get("text") != text:
        voided, consents = "The text was changed.", []
    return Standing(asks, tuple(consents), missing(asks, consents), voided, asked.get("expires_at"))


def left_over(left: tuple[Need, ...]) -> str:
    """Return what is still needed, as words."""
    return " and ".join(_WORDS[need] for need in left)


def words_of(asks: tuple[Need, ...]) -> list[str]:
    """Return the consents that are asked for, as words."""
    return [_WORDS[need] for need in asks]


def useful_roles(asks: tuple[Need, ...], given: Sequence[Consent]) -> frozenset[str]:
    """Return the roles in which one more person would bring the answer nearer to leaving."""
    before = len(missing(asks, given))
    everyone = {role for roles in ROLES.values() for role in roles}
    return frozenset(
        role for role in everyone if len(missing(asks, [*given, _somebody(role)])) < before
    )


def _somebody(role: str) -> Consent:
    return Consent(person_id="", name="", role=role, at=_EPOCH)
