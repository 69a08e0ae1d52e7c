"""What became of our own messages, and what is wrong with the account. What people wrote is read in payloads."""

from contracts.messages import Receipt, ReceiptState
from contracts.networks.whatsapp import code_of
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.reading import Part, Reading, listed

_STATES: dict[str, ReceiptState] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}
_GRANT_GONE = frozenset(
    {"whatsapp.grant_invalid", "whatsapp.permission_missing", "whatsapp.account_locked"}
)


class State(Model):
    """A delivery state. The key is what we sent along as biz_opaque_callback_data."""

    id: Id
    status: Text
    timestamp: Time = None
    recipient_id: Id = None
    recipient_user_id: Id = None
    biz_opaque_callback_data: Text = None


class Fault(Model):
    """One of WhatsApp's errors."""

    code: int
    title: Text = None
    message: Text = None

    @property
    def reason(self) -> str:
        """The network's number and words."""
        return f"{self.code} {self.title or self.message or ''}".strip()[:300]


def read_state(reading: Reading, account_id: str | None, part: Part) -> None:
    """Keep a delivery state. They come in any order, and more than once. Raises `Unreadable`."""
    told = read_part(State, part, "whatsapp.status")
    if told.id is None or told.status is None:
        raise Unreadable("whatsapp.status", "a state without an id or a name")
    state = _STATES.get(told.status)
    if state is None:
        reading.ignore(f"status.{told.status}")
        return
    fault = _fault(part) if state == "failed" else None
    reading.out.receipts.append(
        Receipt(
            network="whatsapp",
            account_id=account_id,
            state=state,
            external_id=told.id,
            our_key=told.biz_opaque_callback_data,
            peer=told.recipient_id or told.recipient_user_id,
            at=told.timestamp,
            code=code_of(fault.code) if fault else None,
            reason=fault.reason if fault else None,
        )
    )


def read_error(reading: Reading, account_id: str | None, part: Part) -> None:
    """Count an error of the whole number, and say when the account is ours no more. Raises `Unreadable`."""
    fault = read_part(Fault, part, "whatsapp.error")
    reading.ignore("error")
    if account_id is not None and code_of(fault.code) in _GRANT_GONE:
        reading.out.revoked.append(account_id)


def _fault(part: Part) -> Fault | None:
    faults = [one for one in listed(part, "errors") or [] if isinstance(one, dict)]
    try:
        return read_part(Fault, faults[0], "whatsapp.status") if faults else None
    except Unreadable:
        # That it failed matters more than why.
        return None
