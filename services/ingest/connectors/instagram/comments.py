"""Comments and mentions of an Instagram account to items, pushed or listed. Media and envelopes live beside it."""

from contracts.messages import Item, Kind
from services.ingest.connectors.fields import Id, Text, Time, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.meta_messages import Talk
from services.ingest.connectors.reading import Part, Reading, nested, shown_handle, unknown

NETWORK = "instagram"
_COMMENTS = frozenset({"comments", "live_comments"})


class Entry(Model):
    """One account in a webhook body. Id "0" is a test of the dashboard."""

    id: Id = None
    time: Time = None


class Person(Model):
    """Who wrote a comment. May be missing for privacy."""

    id: Id = None
    username: Text = None


class Comment(Model):
    """A comment, pushed (no time, media named) or listed (time, media only if asked for)."""

    id: Id = None
    comment_id: Id = None
    text: Text = None
    username: Text = None
    parent_id: Id = None
    timestamp: Time = None
    hidden: bool | None = None
    permalink: Text = None


class Mention(Model):
    """Where the account was named. The words need another read."""

    media_id: Id = None
    comment_id: Id = None


class Changes:
    """Reads what happened to the posts of one account."""

    def __init__(self, reading: Reading, entry: Entry) -> None:
        self._reading = reading
        self._entry = entry

    def read(self, part: Part) -> None:
        """Read one change: a field and its value. Raises `Unreadable`."""
        field, value = part.get("field"), nested(part, "value")
        if not isinstance(field, str):
            raise unknown(NETWORK, part)
        if field in _COMMENTS:
            self.comment(value)
        elif field == "mentions":
            self._mention(value)
        elif "sender" in value:
            # The dashboard sends its test messages as a change.
            Talk(self._reading, self._entry.id, self._entry.time).read(value)
        else:
            self._reading.ignore(field)

    def comment(
        self,
        part: Part,
        above: Comment | None = None,
        root: str | None = None,
        kind: Kind = "comment",
    ) -> None:
        """Read one comment, and the answers listed inside it. Raises `Unreadable`."""
        comment = read_part(Comment, part, "instagram.comment")
        # `user` is there only on the account's own comments.
        author = read_part(Person, part.get("from") or part.get("user") or {}, "instagram.comment")
        media = read_part(Entry, part.get("media") or {}, "instagram.comment")
        handle = shown_handle(author.username or comment.username)
        root = media.id or root
        fields = {
            "network": NETWORK,
            "external_id": comment.id or comment.comment_id,
            "kind": kind,
            "action": "hidden" if comment.hidden else "created",
            "author_handle": handle,
            "author_id": author.id,
            "text": comment.text,
            "parent_external_id": (
                comment.parent_id
                or (above.id if above else None)
                or (root if kind == "comment" else None)
            ),
            "thread_root_id": root,
            "created_at": comment.timestamp,
            "is_own": self._is_own(author.id, handle),
            "permalink": comment.permalink,
            "account_id": self._entry.id,
            "sent_at": self._entry.time,
            "raw": part,
        }
        self._reading.add(read_part(Item, fields, "instagram.comment"))
        answers = nested(part, "replies").get("data")
        if isinstance(answers, list):
            self._reading.each(
                answers, lambda one: self.comment(one, comment, root), self._entry.id
            )

    def _mention(self, part: Part) -> None:
        mention = read_part(Mention, part, "instagram.mention")
        fields = {
            "network": NETWORK,
            "external_id": mention.comment_id or mention.media_id,
            "kind": "mention",
            "action": "created",
            "thread_root_id": mention.media_id,
            "account_id": self._entry.id,
            "sent_at": self._entry.time,
            "raw": part,
        }
        self._reading.add(read_part(Item, fields, "instagram.mention"))

    def _is_own(self, author_id: str | None, handle: str | None) -> bool:
        return self._reading.is_own(author_id, handle=handle) or (
            author_id is not None and author_id == self._entry.id
        )
