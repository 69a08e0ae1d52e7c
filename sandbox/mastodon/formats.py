"""Mastodon's JSON entities with the keys of a recorded 4.5 server. No routes and no state of its own."""

from datetime import UTC, datetime
from typing import Any

from sandbox.mastodon.html import Mentionable, render
from sandbox.models import Account, Item, Notification, Person
from sandbox.world import World

_JOINED_AT = datetime(2026, 8, 1, tzinfo=UTC)
_APPLICATION = {"name": "Web", "website": None}


def mastodon_time(at: datetime) -> str:
    """2026-08-01T13:51:43.458Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Entities:
    """Renders accounts, statuses, notifications as seen by one account."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def origin(self) -> str:
        """Address of the Mastodon stand-in."""
        return f"{self._world.origin}/mastodon"

    def account(self, who: Account | Person) -> dict[str, Any]:
        """An account entity, of a brand or of an invented person."""
        is_brand = isinstance(who, Account)
        acct = who.handle if isinstance(who, Account) else who.acct
        url = self._profile(who)
        missing = f"{self.origin}/avatars/original/missing.png"
        header = f"{self.origin}/headers/original/missing.png"
        return {
            "id": who.id,
            "username": who.handle,
            "acct": acct,
            "display_name": who.name,
            "locked": False,
            "bot": False,
            "discoverable": True if is_brand else None,
            "indexable": is_brand,
            "group": False,
            "created_at": mastodon_time(_JOINED_AT),
            "note": "",
            "url": url,
            "uri": f"{self.origin}/ap/users/{who.id}",
            "avatar": missing,
            "avatar_static": missing,
            "avatar_description": "",
            "header": header,
            "header_static": header,
            "header_description": "",
            "followers_count": 800 + int(who.id[-3:]) if is_brand else int(who.id[-2:]),
            "following_count": int(who.id[-2:]),
            "statuses_count": 1,
            "last_status_at": self._world.now().strftime("%Y-%m-%d"),
            "hide_collections": None,
            "show_media": True,
            "show_media_replies": True,
            "show_featured": True,
            "noindex": False,
            "feature_approval": {"automatic": [], "manual": [], "current_user": "denied"},
            "emojis": [],
            "roles": [],
            "fields": [],
        }

    def _profile(self, who: Account | Person) -> str:
        if isinstance(who, Person) and who.host:
            return f"https://{who.host}/@{who.handle}"
        return f"{self.origin}/@{who.handle}"

    def who(self, account_id: str) -> Account | Person:
        """A brand account or a person by id; the deleted and forgotten get a stand-in name."""
        found = self._world.account("mastodon", account_id) or self._world.person(account_id)
        return found or Person(id=account_id, name="", handle=f"user{account_id}", language="en")

    def status(self, item: Item, viewer: Account | None) -> dict[str, Any]:
        """A status entity."""
        author = self.who(item.author_id)
        parent = self._world.item("mastodon", item.parent_id or "")
        mentioned = self._mentioned(item)
        url = f"{self._profile(author)}/{item.id}"
        return {
            "id": item.id,
            "created_at": mastodon_time(item.created_at),
            "in_reply_to_id": item.parent_id,
            "in_reply_to_account_id": parent.author_id if parent else None,
            "sensitive": bool(item.spoiler_text),
            "spoiler_text": item.spoiler_text,
            "visibility": item.visibility,
            "language": item.language,
            "uri": f"{self.origin}/ap/users/{author.id}/statuses/{item.id}",
            "url": url,
            "replies_count": len(self._world.children(item)),
            "reblogs_count": 0,
            "favourites_count": len(item.likes),
            "quotes_count": 0,
            "edited_at": mastodon_time(item.edited_at) if item.edited_at else None,
            "favourited": viewer is not None and viewer.id in item.likes,
            "reblogged": False,
            "muted": False,
            "bookmarked": False,
            "content": self.content(item, item.text, mentioned),
            "filtered": [],
            "reblog": None,
            "application": _APPLICATION,
            "account": self.account(author),
            "media_attachments": [],
            "mentions": [_mention(who, self._profile(who)) for who in mentioned],
            "tags": [],
            "emojis": [],
            "tagged_collections": [],
            "quote": None,
            "card": None,
            "poll": None,
            "quote_approval": {"automatic": ["public"], "manual": [], "current_user": "automatic"},
        }

    def _mentioned(self, item: Item) -> list[Account | Person]:
        return [self.who(one) for one in item.mentions]

    def content(self, item: Item, text: str, mentioned: list[Account | Person]) -> str:
        """The text as HTML; a person's client writes the mentions in front."""
        people = {
            _acct(w).lower(): Mentionable(_acct(w), w.handle, self._profile(w)) for w in mentioned
        }
        for who in mentioned:
            people.setdefault(who.handle.lower(), people[_acct(who).lower()])
        names = [f"@{_acct(w)}" for w in mentioned if f"@{w.handle}".lower() not in text.lower()]
        lead = "" if item.is_own else "".join(f"{name} " for name in names)
        return render(lead + text, people, self.origin)

    def notification(self, note: Notification, viewer: Account) -> dict[str, Any]:
        """A notification entity; types without a status have none."""
        whole: dict[str, Any] = {
            "id": note.id,
            "type": note.type,
            "created_at": mastodon_time(note.at),
            "group_key": f"ungrouped-{note.id}",
            "account": self.account(self.who(note.actor_id)),
        }
        item = self._world.item("mastodon", note.status_id or "")
        if item is not None:
            whole["status"] = self.status(item, viewer)
        return whole

    def history(self, item: Item) -> list[dict[str, Any]]:
        """Every version of a status, oldest first."""
        texts = [(v.text, v.at) for v in item.versions]
        texts.append((item.text, item.edited_at or item.created_at))
        return [
            {
                "content": self.content(item, text, self._mentioned(item)),
                "spoiler_text": item.spoiler_text,
                "sensitive": bool(item.spoiler_text),
                "created_at": mastodon_time(at),
                "account": self.account(self.who(item.author_id)),
                "media_attachments": [],
                "emojis": [],
                "quote": None,
            }
            for text, at in texts
        ]


def relationship(account_id: str, *, is_blocked: bool) -> dict[str, Any]:
    """What an account is to another one."""
    never = (
        "following", "showing_reblogs", "notifying", "followed_by", "blocked_by", "muting",
        "muting_notifications", "requested", "requested_by", "domain_blocking", "endorsed",
    )  # fmt: skip
    return {
        "id": account_id,
        **dict.fromkeys(never, False),
        "languages": None,
        "blocking": is_blocked,
        "note": "",
    }


def _acct(who: Account | Person) -> str:
    return who.handle if isinstance(who, Account) else who.acct


def _mention(who: Account | Person, url: str) -> dict[str, str]:
    return {"id": who.id, "username": who.handle, "url": url, "acct": _acct(who)}
