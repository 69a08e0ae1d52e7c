"""What respond remembers, as objects and as documents: contexts, connections, replies. No queries here."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from contracts.brands import Hours
from contracts.connections import State as ConnectionState
from contracts.envelope import Event, Undecodable
from contracts.messages import Kind, Labels, MessageReceived, Visibility
from contracts.replies import Approver, ReplyApproved, ReplyTarget
from contracts.scope import BrandScope
from runtime.mongo import Document, Write
from runtime.outbox import outbox_change
from services.respond.domain.publication import Publication, State
from services.respond.networks.matching import fingerprint
from services.respond.networks.protocol import Target

# What the brand's rules look at; the rest of the labels is not kept here.
_LABELS = {
    "model", "language", "sentiment", "intent", "urgency", "needs_human", "unsure", "spam", "offensive",
}  # fmt: skip
_PUBLICATION = tuple(one.name for one in fields(Publication))


@dataclass(frozen=True, slots=True)
class Context:
    """The message that is answered, as far as answering needs it.

    `said_since` is the first version with the text that it has now; `labels` and `decision` are what
    the brand's rules look at (`contracts.approval`).
    """

    message_id: str
    brand_id: str
    thread_id: str
    connection_id: str
    network: str
    external_id: str
    version: str
    kind: Kind = "comment"
    parent_external_id: str | None = None
    author_handle: str | None = None
    visibility: Visibility | None = None
    language: str | None = None
    thread_root_id: str | None = None
    author_id: str | None = None
    created_at: datetime | None = None
    received_at: datetime | None = None
    title: str | None = None
    is_own: bool = False
    is_deleted: bool = False
    said: str | None = None
    said_since: str | None = None
    labels: Mapping[str, Any] | None = None
    decision: Mapping[str, Any] | None = None

    @property
    def written_at(self) -> datetime | None:
        """When it was written, as far as it is known: no clock of theirs may run ahead of ours."""
        return written_at(self.created_at, self.received_at)

    @property
    def target(self) -> Target:
        """The message as its network knows it."""
        return Target(
            external_id=self.external_id,
            kind=self.kind,
            parent_external_id=self.parent_external_id,
            author_handle=self.author_handle,
            visibility=self.visibility,
            language=self.language,
            root_id=self.thread_root_id,
            author_id=self.author_id,
            title=self.title,
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """The account to write as. `refused_revision`: the network refused the grant of this revision."""

    connection_id: str
    brand_id: str
    network: str
    account_id: str
    base_url: str
    state: ConnectionState
    revision: int
    sealed_token: str | None = None
    refused_revision: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lost:
    """What a look for a lost receipt needs: the text as sent, where it went, how and under which key."""

    text: str
    target_ids: tuple[str, ...]
    key: str = ""
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Echo:
    """One of the brand's own messages, as far as it may be an answer whose receipt was lost."""

    external_id: str
    parent_external_id: str | None
    thread_id: str
    kind: Kind

    def is_of(self, reply: "Reply") -> bool:
        """Say whether it stands where the answer was sent: under the message, or in its conversation."""
        lost = reply.lost
        if lost is None or lost.is_private:
            return False
        is_in_conversation = self.kind == "dm" and self.thread_id == reply.target.thread_id
        return self.parent_external_id in lost.target_ids or is_in_conversation


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer from its approval on. `said` is a digest of the text that it was written for.

    `send_at`: a person wants it to leave then, and not before. `approval` is what was signed, whole:
    the rest is compared with it before it leaves. `disclosure`: the sentence in the text that says
    that no person wrote it. `hours` are the brand's: what it promises is due by its clock.
    """

    target: ReplyTarget
    agency_id: str
    text: str
    approved_by: Approver
    publication: Publication
    cause: Document
    message_version: str | None = None
    said: str | None = None
    lost: Lost | None = None
    is_private: bool = False
    send_at: datetime | None = None
    approval: ReplyApproved | None = None
    disclosure: str | None = None
    recalled_at: datetime | None = None
    hours: Hours | None = None

    @property
    def is_recalled(self) -> bool:
        """Whether a person took it back since it was let go."""
        return self.recalled_at is not None and self.recalled_at > self.publication.decided_at

    @property
    def reply_id(self) -> str:
        """The answer's id."""
        return self.target.reply_id

    @property
    def scope(self) -> BrandScope:
        """Whose answer it is."""
        return BrandScope(self.agency_id, self.target.brand_id)

    @property
    def replaces(self) -> str | None:
        """The id at the network of the answer of ours whose place it takes."""
        return self.approval.replaces if self.approval else None

    @property
    def cancels_on_reply(self) -> bool:
        """Whether it stays here when the author writes again before it leaves."""
        return self.approval is not None and self.approval.cancels_on_reply


@dataclass(frozen=True, slots=True)
class ContextNote:
    """What one understood message adds to what is known of it."""

    message: MessageReceived
    labels: Labels | None
    brand_id: str
    decision: Document | None = None

    def document(self) -> Document:
        """Return the document of a message that is heard of for the first time."""
        return {
            "_id": self.message.message_id,
            "brand_id": self.brand_id,
            **self._fields(),
            **({} if self.message.text is None else {"said_since": self.message.version}),
            "is_deleted": self.message.action == "deleted",
        }

    def write(self) -> Write:
        """Return the upsert. An older version changes nothing that is known; deleted stays."""
        newer = {"$literal": self._fields()}
        is_older = {"$gt": [{"$ifNull": ["$version", ""]}, {"$literal": self.message.version}]}
        is_deleted = {"$or": [{"$eq": ["$is_deleted", True]}, self.message.action == "deleted"]}
        merged = {
            "$mergeObjects": [
                {"$cond": [is_older, newer, "$$ROOT"]},
                {"$cond": [is_older, "$$ROOT", newer]},
                {"is_deleted": is_deleted, "said_since": self._said_since(is_older)},
            ]
        }
        where = {"_id": self.message.message_id, "brand_id": self.brand_id}
        return Write(where, [{"$replaceWith": merged}])

    def _said_since(self, is_older: Document) -> Document:
        """Return since which version the text is as it is: networks tell a text twice, under two."""
        known = {"$ifNull": ["$said_since", "$version"]}
        if self.message.text is None:
            return known
        is_same = {"$eq": ["$said", digest_of(self.message.text)]}
        version = {"$literal": self.message.version}
        since = {"$cond": [is_older, version, known]}
        return {"$cond": [is_same, {"$min": [known, version]}, since]}

    def _fields(self) -> Document:
        message, labels = self.message, self.labels
        known = {
            "thread_id": message.thread_id, "connection_id": message.connection_id,
            "network": message.network, "external_id": message.external_id,
            "version": message.version, "kind": message.kind,
            "parent_external_id": message.parent_external_id,
            "author_handle": message.author_handle, "visibility": message.visibility,
            "thread_root_id": message.thread_root_id, "author_id": message.author_id,
            "created_at": message.created_at, "received_at": message.received_at,
            "is_own": message.is_own, "title": message.title,
            "language": labels.language.label if labels else None,
            "fingerprint": fingerprint(message.text) if message.is_own and message.text else None,
            "decision": self.decision,
            "said": digest_of(message.text) if message.text is not None else None,
            "labels": labels.model_dump(mode="json", include=_LABELS) if labels else {},
        }  # fmt: skip
        return {name: value for name, value in known.items() if value is not None}


def digest_of(text: str | None) -> str:
    """Return what tells whether a text is the same as before, without keeping it."""
    return hashlib.sha256((text or "").strip().encode("utf-8", "replace")).hexdigest()


def written_at(created_at: datetime | None, received_at: datetime | None) -> datetime | None:
    """Return the earlier of the two that is known."""
    return min((at for at in (created_at, received_at) if at is not None), default=None)


def read_context(document: Mapping[str, Any]) -> Context:
    """Return the context in a document."""
    names = {one.name for one in fields(Context)}
    known = {name: value for name, value in document.items() if name in names}
    return Context(message_id=document["_id"], **known)


def read_connection(document: Mapping[str, Any]) -> Connection:
    """Return the connection in a document."""
    names = {one.name for one in fields(Connection)}
    known = {name: value for name, value in document.items() if name in names}
    return Connection(connection_id=document["_id"], **known)


def cause_of(event: Event) -> Document:
    """Return what later events need to know of the event that released the answer."""
    return {
        "id": event.id, "type": event.type, "source": event.source, "subject": event.subject,
        "time": event.time, "partitionkey": event.partitionkey,
        "correlationid": event.correlationid, "traceparent": event.traceparent, "data": {},
    }  # fmt: skip


def new_reply(reply: Reply) -> Document:
    """Return the document of a new answer."""
    target = reply.target.model_dump(exclude={"reply_id"})
    state = {name: value for name, value in _state(reply.publication).items() if value is not None}
    return {
        "_id": reply.reply_id,
        **target,
        **state,
        "agency_id": reply.agency_id,
        "text": reply.text,
        "approved_by": reply.approved_by.model_dump(),
        "cause": reply.cause,
        "message_version": reply.message_version,
        "said": reply.said,
        "is_private": reply.is_private,
        **({"send_at": reply.send_at} if reply.send_at else {}),
        **({"disclosure": reply.disclosure} if reply.disclosure else {}),
        **({"hours": reply.hours.model_dump()} if reply.hours else {}),
        **({"approval": reply.approval.model_dump(mode="json")} if reply.approval else {}),
    }


def read_reply(document: Mapping[str, Any]) -> Reply:
    """Return the answer in a document."""
    state = {name: document[name] for name in _PUBLICATION if name in document}
    state["state"] = State(document["state"])
    state.setdefault("due_at", None)
    lost = document.get("lost")
    names = ("brand_id", "message_id", "thread_id", "connection_id", "network", "slot")
    return Reply(
        target=ReplyTarget(reply_id=document["_id"], **{name: document[name] for name in names}),
        agency_id=document["agency_id"],
        text=document["text"],
        approved_by=Approver(**document["approved_by"]),
        publication=Publication(**state),
        cause=document["cause"],
        message_version=document.get("message_version"),
        said=document.get("said"),
        lost=Lost(**lost | {"target_ids": tuple(lost["target_ids"])}) if lost else None,
        is_private=document.get("is_private", False),
        send_at=document.get("send_at"),
        approval=_approval(document.get("approval")),
        disclosure=document.get("disclosure"),
        recalled_at=document.get("recalled_at"),
        hours=Hours.read(document["hours"]) if document.get("hours") else None,
    )


def _approval(stored: Any) -> ReplyApproved | None:
    """Return the stored approval; what somebody made unreadable is none."""
    try:
        return ReplyApproved.read(stored) if stored is not None else None
    except Undecodable:
        return None


def progress(reply: Reply, after: Publication, events: Sequence[Event], at: datetime) -> Write:
    """Return the update that stores the next step, if nobody was faster, with the events it tells."""
    before = reply.publication
    is_unchanged = {
        "_id": reply.reply_id, "brand_id": reply.target.brand_id,
        "fence": before.fence, "state": before.state.value, "revision": before.revision,
    }  # fmt: skip
    return Write(is_unchanged, state_update(after, events, at), is_upsert=False)


def recall_write(reply: Reply, at: datetime) -> Write:
    """Return the note that a person took an answer back, for whoever has it in hand."""
    where = {
        "_id": reply.reply_id, "brand_id": reply.target.brand_id,
        "due_at": {"$exists": True}, "decided_at": {"$lt": at},
    }  # fmt: skip
    return Write(where, {"$set": {"recalled_at": at}}, is_upsert=False)


def state_update(after: Publication, events: Sequence[Event], at: datetime) -> Document:
    """Return the operators that make a document hold this state and these pending events."""
    return outbox_change(_state(after), events, at)


def _state(publication: Publication) -> Document:
    return {**asdict(publication), "state": publication.state.value}
