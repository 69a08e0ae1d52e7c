"""Private messages of pages (Messenger) and Instagram accounts: writing, windows, conversations read back."""

import json
from datetime import datetime, timedelta
from typing import Any

from sandbox.graph import errors
from sandbox.graph.formats import graph_time
from sandbox.graph.pages import Ask
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item, Network, Person
from sandbox.world import World

_LIMITS = {"messenger": 2000, "instagram": 1000}
_CLOSED = {"messenger": 2018278, "instagram": 2534022}
_OPEN = timedelta(hours=24)
_AGENT = timedelta(days=7)
_SHOWN = 20
_PREFIX = {"messenger": "t_", "instagram": "aWc_"}


class Conversations:
    """A conversation is all messages with one person; its root is that person."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger

    def receive(self, account: Account, person: Person, text: str, at: datetime) -> Item:
        """A person writes to the account."""
        self._world.put_person(person)
        item = self._item(account, person.id, text, at)
        item.author_id, item.author_name = person.id, person.name
        item.author_handle, item.is_own = person.handle, False
        return item

    def _item(self, account: Account, peer: str, text: str, at: datetime) -> Item:
        return Item(
            network=account.network,
            id=f"m_{self._world.numbering.graph(at)}",
            account_id=account.id,
            author_id=account.id,
            author_name=account.name,
            author_handle=account.handle,
            kind="dm",
            text=text,
            created_at=at,
            is_own=True,
            root_id=peer,
            visibility="direct",
        )

    # Writing

    def send(self, ask: Ask) -> dict[str, Any]:
        """POST /me/messages: to a person, or to the author of a comment."""
        recipient, message = _object(ask.params, "recipient"), _object(ask.params, "message")
        text = str(message.get("text") or "")
        network = "messenger" if ask.account.network == "facebook" else ask.account.network
        size = len(text.encode()) if network == "instagram" else len(text)
        if not text or size > _LIMITS[network]:
            raise errors.bad_parameter("Length of param message[text] must be within the limit")
        if "comment_id" in recipient:
            comment = self._comment(ask, str(recipient["comment_id"]))
            return self._write(ask, (network, comment.author_id, comment.id), message)
        peer_id = str(recipient.get("id") or "")
        last = self._last_from(network, ask.account.id, peer_id)
        if last is None:
            raise errors.bad_parameter("No matching user found")
        self._refuse_closed(ask, network, last)
        return self._write(ask, (network, peer_id, last.id), message)

    def _comment(self, ask: Ask, comment_id: str) -> Item:
        """Return the comment, once: a second private answer is refused."""
        item = self._world.item(ask.account.network, comment_id)
        if item is None or item.is_deleted or item.is_own or item.account_id != ask.account.id:
            raise errors.gone(comment_id)
        if item.extra.get("answered_privately"):
            raise errors.GraphError(400, 10900, "(#10900) Activity already replied to")
        if self._world.now() - item.created_at > _AGENT:
            raise errors.GraphError(400, 10903, "(#10903) This user cant reply to this activity")
        item.extra["answered_privately"] = "yes"
        return item

    def _refuse_closed(self, ask: Ask, network: Network, last: Item) -> None:
        age = self._world.now() - last.created_at
        is_agent = ask.params.get("tag") == "HUMAN_AGENT"
        if age > (_AGENT if is_agent else _OPEN):
            why = "(#10) This message is sent outside of allowed window."
            raise errors.GraphError(400, 10, why, error_subcode=_CLOSED[network])

    def _write(
        self, ask: Ask, where: tuple[Network, str, str], message: dict[str, Any]
    ) -> dict[str, Any]:
        network, peer, answered = where
        account = ask.account.model_copy(update={"network": network})
        item = self._item(account, peer, str(message["text"]), self._world.now())
        item.answered_id = answered
        if isinstance(message.get("metadata"), str):
            item.extra["metadata"] = message["metadata"]
        self._world.create(item)
        self._ledger.write(
            Entry(
                seq=self._ledger.next_seq(),
                network=ask.account.network,
                account=ask.account.id,
                in_reply_to=answered,
                text=item.text,
                id=item.id,
                at=item.created_at,
                visibility="direct",
                outcome=ask.call.outcome,
                client=ask.call.request.headers.get("user-agent"),
            )
        )
        return {"recipient_id": peer, "message_id": item.id}

    # Reading

    def conversations(self, ask: Ask) -> dict[str, Any]:
        """Conversations, the one that moved last first; with one person only when asked so."""
        network = "messenger" if ask.account.network == "facebook" else ask.account.network
        peers: dict[str, list[Item]] = {}
        for item in self._messages(network, ask.account.id):
            peers.setdefault(item.root_id, []).append(item)
        wanted = ask.params.get("user_id")
        chosen = [(p, found) for p, found in peers.items() if wanted in (None, p)]
        chosen.sort(key=lambda one: one[1][-1].created_at, reverse=True)
        limit, start = int(ask.params.get("limit", "25")), int(ask.params.get("after", "0"))
        rows = [
            self._conversation(ask.account, network, peer, found)
            for peer, found in chosen[start : start + limit]
        ]
        page: dict[str, Any] = {"data": rows}
        if start + limit < len(chosen):
            page["paging"] = {"cursors": {"after": str(start + limit)}, "next": self._world.origin}
        return page

    def messages(self, ask: Ask) -> dict[str, Any]:
        """The messages of one conversation, newest first."""
        network = "messenger" if ask.account.network == "facebook" else ask.account.network
        peer = ask.object_id.removeprefix(_PREFIX[network])
        found = [i for i in self._messages(network, ask.account.id) if i.root_id == peer]
        return self._edge(ask.account, found, int(ask.params.get("after", "0")))

    def _messages(self, network: Network, account_id: str) -> list[Item]:
        found = [i for i in self._world.items(network, account_id) if i.kind == "dm"]
        return sorted((i for i in found if not i.is_deleted), key=lambda item: item.created_at)

    def _last_from(self, network: Network, account_id: str, peer: str) -> Item | None:
        found = self._messages(network, account_id)
        theirs = [item for item in found if item.root_id == peer and not item.is_own]
        return theirs[-1] if theirs else None

    def _conversation(
        self, account: Account, network: Network, peer: str, found: list[Item]
    ) -> dict[str, Any]:
        person = self._world.person(peer)
        known = {"id": peer, "name": person.name if person else "Somebody"}
        own = {"id": account.id, "name": account.name}
        if network == "instagram":
            known = {"id": peer, "username": person.handle if person else "somebody"}
            own = {"id": account.id, "username": account.handle}
        return {
            "id": f"{_PREFIX[network]}{peer}",
            "updated_time": graph_time(found[-1].created_at),
            "participants": {"data": [known, own]},
            "messages": self._edge(account, found, 0),
        }

    def _edge(self, account: Account, found: list[Item], start: int) -> dict[str, Any]:
        newest = found[::-1]
        edge: dict[str, Any] = {
            "data": [_message_json(account, item) for item in newest[start : start + _SHOWN]]
        }
        if start + _SHOWN < len(newest):
            after = {"after": str(start + _SHOWN)}
            edge["paging"] = {"cursors": after, "next": self._world.origin}
        return edge


def _message_json(account: Account, item: Item) -> dict[str, Any]:
    name = "username" if item.network == "instagram" else "name"
    shown = item.author_handle if name == "username" else item.author_name
    to = item.root_id if item.is_own else account.id
    return {
        "id": item.id,
        "message": item.text,
        "from": {"id": item.author_id, name: shown},
        "to": {"data": [{"id": to}]},
        "created_time": graph_time(item.created_at),
    }


def _object(params: dict[str, str], name: str) -> dict[str, Any]:
    try:
        found = json.loads(params.get(name, ""))
    except ValueError:
        raise errors.bad_parameter(f"The parameter {name} is required") from None
    return found if isinstance(found, dict) else {}
