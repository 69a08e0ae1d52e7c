"""What a business number may do at the WhatsApp stand-in: read itself, write, react. No HTTP."""

from datetime import timedelta
from typing import Any

from sandbox.desk import Call
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item
from sandbox.whatsapp import errors
from sandbox.world import World

_LONGEST = 4096
_WINDOW = timedelta(hours=24)
Body = dict[str, Any]


class Numbers:
    """Every call comes with the number whose token it carried."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger

    def about(self, account: Account) -> Body:
        """GET /{phone-number-id}."""
        return {
            "verified_name": account.name,
            "display_phone_number": account.handle,
            "quality_rating": "GREEN",
            "id": account.id,
        }

    def write(self, account: Account, body: Body, call: Call) -> Item | None:
        """POST /{phone-number-id}/messages; None for what leaves no message (reactions, read marks)."""
        if body.get("messaging_product") != "whatsapp":
            raise errors.invalid("messaging_product must be whatsapp")
        kind = body.get("type", "text")
        if kind == "reaction":
            self._react(account, body)
            return None
        if body.get("status") == "read":
            return None
        peer = str(body.get("to") or body.get("recipient") or "").removeprefix("US.").lstrip("+")
        text = _text(body) if kind == "text" else _template(account, body)
        self._check_peer(account, peer, is_template=kind == "template")
        return self._keep(account, peer, text, body, call)

    def _check_peer(self, account: Account, peer: str, *, is_template: bool) -> None:
        mine = self._world.items("whatsapp", account.id)
        heard = [i.created_at for i in mine if i.root_id == peer and not i.is_own]
        if not heard:
            raise errors.undeliverable()
        if not is_template and self._world.now() - max(heard) > _WINDOW:
            raise errors.window_closed()

    def _keep(self, account: Account, peer: str, text: str, body: Body, call: Call) -> Item:
        context = body.get("context")
        answered = context.get("message_id") if isinstance(context, dict) else None
        key = body.get("biz_opaque_callback_data")
        seq = self._ledger.next_seq()
        item = Item(
            network="whatsapp",
            id=f"wamid.OUT{account.id}{seq:06d}",
            account_id=account.id,
            author_id=account.id,
            author_name=account.name,
            author_handle=account.handle,
            kind="dm",
            text=text,
            created_at=self._world.now(),
            is_own=True,
            parent_id=answered,
            root_id=peer,
            visibility="direct",
            extra={"key": str(key)} if key else {},
        )
        self._world.create(item)
        self._ledger.write(
            Entry(
                seq=seq,
                network="whatsapp",
                account=account.id,
                in_reply_to=answered,
                text=text,
                id=item.id,
                at=item.created_at,
                visibility="direct",
                outcome=call.outcome,
                client=call.request.headers.get("user-agent"),
            )
        )
        return item

    def _react(self, account: Account, body: Body) -> None:
        reaction = body.get("reaction")
        told = reaction if isinstance(reaction, dict) else {}
        item = self._world.item("whatsapp", str(told.get("message_id")))
        if item is None or item.account_id != account.id:
            raise errors.invalid("the message to react to is unknown")
        self._world.like(item, account.id, is_liked=bool(told.get("emoji")))


def _text(body: Body) -> str:
    text = body.get("text")
    words = text.get("body") if isinstance(text, dict) else None
    if not isinstance(words, str) or not 1 <= len(words) <= _LONGEST:
        raise errors.invalid("Param text['body'] must be at most 4096 characters long.")
    return words


def _template(account: Account, body: Body) -> str:
    """The text of the one parameter; the account says which templates are approved."""
    template = body.get("template")
    told = template if isinstance(template, dict) else {}
    language = told.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    if f"{told.get('name')}:{code}" not in account.options.get("templates", "").split(","):
        raise errors.bad_template(f"template name ({told.get('name')}) does not exist in {code}")
    try:
        text = told["components"][0]["parameters"][0]["text"]
    except (LookupError, TypeError):
        raise errors.bad_template("number of parameters does not match") from None
    if "\n" in text or "\t" in text or "     " in text:
        raise errors.invalid("Param text cannot have new-line/tab characters or 4 spaces in a row")
    return str(text)
