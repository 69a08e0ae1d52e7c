"""Letters as a mail server keeps them: made from items, numbered in the order of arrival. No protocol here."""

from base64 import b64decode, b64encode
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr

from sandbox.control.emission import CannotEmit, Emission
from sandbox.models import Account, Item
from sandbox.world import World

NETWORK = "email"
VALIDITY = 1700000001
_UID, _RAW, _FOLDER = "uid", "raw", "folder"


class Post:
    """The mailboxes. An item is a letter; `extra` has its folder, number and bytes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def validity(self, account: Account) -> int:
        """UIDVALIDITY of every folder: another one means that the letters were numbered anew."""
        return int(account.options.get("uidvalidity", VALIDITY))

    def letters(self, account: Account, folder: str) -> list[tuple[int, Item]]:
        """The letters of a folder by number."""
        found = self._world.items(NETWORK, account.id)
        there = [
            item for item in found if item.extra.get(_FOLDER) == folder and not item.is_deleted
        ]
        return [(int(item.extra[_UID]), item) for item in there]

    def next_uid(self, account: Account) -> int:
        """The number of the next letter, in whatever folder."""
        found = self._world.items(NETWORK, account.id)
        return 1 + max((int(item.extra.get(_UID, "0")) for item in found), default=0)

    def raw(self, item: Item) -> bytes:
        """The letter as it came."""
        return b64decode(item.extra[_RAW])

    def deliver(self, account: Account, emission: Emission) -> Item:
        """Put what a person wrote into the account's mailbox. Raises `CannotEmit`."""
        if emission.kind not in ("dm", "comment", "reply"):
            raise CannotEmit(f"mail has no {emission.kind}")
        if "raw" in emission.extra:
            return self._put(account, emission, b64decode(emission.extra["raw"]), None)
        if about := emission.extra.get("bounce_of"):
            return self._put(account, emission, self._report(account, about), None)
        parent = self._world.item(NETWORK, emission.id) if emission.id else None
        return self._put(account, emission, self._written(account, emission, parent), parent)

    def sent(self, account: Account, raw: bytes, to: str, key: str) -> Item:
        """What the brand sent: it is nowhere to be read, as with most servers."""
        parent = self._world.item(NETWORK, key) if key else None
        mail = _parsed(raw)
        item = self._item(account, mail, raw, parent, folder="(sent)")
        item = item.model_copy(update={"is_own": True, "author_id": account.id})
        item.answered_id = key or None
        item.extra["to"] = to
        self._world.create(item)
        return item

    def _put(self, account: Account, emission: Emission, raw: bytes, parent: Item | None) -> Item:
        folder = emission.extra.get("folder", "INBOX")
        item = self._item(account, _parsed(raw), raw, parent, folder=folder)
        if emission.extra.get("is_own"):
            item = item.model_copy(update={"is_own": True})
        self._world.create(item)
        return item

    def _item(
        self, account: Account, mail: EmailMessage, raw: bytes, parent: Item | None, *, folder: str
    ) -> Item:
        number = self.next_uid(account)
        item_id = str(mail["Message-ID"] or f"<{number}@nowhere.example>").strip("<> ")
        sender = str(mail["From"] or "")
        address = sender.rpartition("<")[2].strip("> ").lower()
        return Item(
            network=NETWORK, id=item_id, account_id=account.id,
            author_id=address or "unknown", author_name=sender.partition("<")[0].strip(' "'),
            author_handle=address, kind="dm", text=_text(mail), created_at=self._world.now(),
            parent_id=parent.id if parent else None, root_id=parent.root_id if parent else item_id,
            visibility="direct",
            extra={_UID: str(number), _FOLDER: folder, _RAW: b64encode(raw).decode()},
        )  # fmt: skip

    def _written(self, account: Account, emission: Emission, parent: Item | None) -> bytes:
        name = emission.author or "Robin Example"
        user = "".join(c for c in name.lower() if c.isascii() and c.isalnum()) or "someone"
        mail = EmailMessage()
        mail["From"] = formataddr((name, f"{user}@people.example"))
        mail["To"] = account.id
        mail["Subject"] = emission.extra.get("subject") or self._subject(parent)
        mail["Date"] = format_datetime(self._world.now())
        mail["Message-ID"] = f"<{self.next_uid(account)}.{user}@people.example>"
        if parent is not None:
            mail["In-Reply-To"] = f"<{parent.id}>"
            mail["References"] = f"<{parent.root_id}> <{parent.id}>"
        for header in ("Auto-Submitted", "Precedence"):
            if header in emission.extra:
                mail[header] = emission.extra[header]
        mail.set_content(emission.text or "")
        if size := int(emission.extra.get("file_bytes", "0")):
            content = bytes(range(256)) * (size // 256)
            mail.add_attachment(content, maintype="image", subtype="jpeg", filename="photo.jpg")
        return mail.as_bytes()

    def _subject(self, parent: Item | None) -> str:
        """What an answer is about, or what people write who think of nothing better."""
        if parent is None:
            return "A question"
        told = str(_parsed(self.raw(parent))["Subject"] or "")
        return told if told.lower().startswith("re:") else f"Re: {told}"

    def _report(self, account: Account, about: str) -> bytes:
        """A delivery report in the form of RFC 3464."""
        report = MIMEMultipart("report", report_type="delivery-status")
        report["From"] = "Mail Delivery System <mailer-daemon@people.example>"
        report["To"] = account.id
        report["Subject"] = "Undelivered Mail Returned to Sender"
        report["Date"] = format_datetime(self._world.now())
        report["Message-ID"] = f"<report.{self.next_uid(account)}@people.example>"
        report["Auto-Submitted"] = "auto-replied"
        report.attach(MIMEText("Your message could not be delivered."))
        status = EmailMessage()
        status["Reporting-MTA"] = "dns; mx.people.example"
        one = EmailMessage()
        one["Final-Recipient"] = "rfc822; robinexample@people.example"
        one["Action"] = "failed"
        one["Status"] = "5.1.1"
        one["Diagnostic-Code"] = "smtp; 550 5.1.1 no such user here"
        both = MIMEMessage(status, "delivery-status")
        both.set_payload([status, one])
        report.attach(both)
        lost = EmailMessage()
        lost["Message-ID"] = f"<{about}>"
        lost.set_content("…")
        report.attach(MIMEMessage(lost))
        return report.as_bytes()


def _parsed(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain", "html"))
    return str(body.get_content()).strip() if body is not None else ""
