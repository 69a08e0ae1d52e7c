"""The live half of e-mail: reads folders over IMAP, and waits for new mail where the server tells."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from runtime.errors import Invalid
from runtime.mail import mail_server
from services.ingest.connectors.email.mailbox import Letter, Login, Mailbox
from services.ingest.connectors.email.slim import slim
from services.ingest.connectors.http import content_key
from services.ingest.connectors.protocol import Grant, Identity, Page, Reader, Silent, Tools

T = TypeVar("T")
MOST_BYTES = 30 * 1024 * 1024
FIRST_DAYS = 3
AGAIN_DAYS = 7
"""How far back a folder is read again when its server numbered the messages anew."""
IDLE_S = 25.0
_MAILBOXES = 256


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return EmailConnector(tools)


class EmailConnector(Silent):
    """Reads a mailbox: one folder, and the folder of sent mail where the connection names it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        # A session that waits holds a thread: it must not be one that others need.
        self._threads = ThreadPoolExecutor(_MAILBOXES, thread_name_prefix="imap")

    async def check(self, grant: Grant) -> Identity:
        """Log in and open the folder. Raises `Reauthorise` for a password that is refused."""
        address = grant.account_id.strip().lower()
        if "@" not in address:
            raise Invalid("email.address_invalid", f"{grant.account_id!r} is no mail address")
        async with self._session(grant) as mailbox:
            for folder in _folders(grant):
                await self._run(mailbox.open, folder)
        return Identity(address, grant.options.get("from_name") or address, address)

    def since(self, moment: datetime) -> str:
        """Return the cursor: the day, as mail servers search by days."""
        return json.dumps({"since": moment.astimezone(UTC).date().isoformat()})

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield what is new in each folder, oldest first; without a cursor the last three days."""
        async with self._session(grant) as mailbox:
            places = _places(cursor)
            for folder in _folders(grant):
                async for page in self._read(mailbox, folder, places):
                    yield page

    async def stream(self, grant: Grant) -> AsyncIterator[Page]:
        """Yield mail as it arrives in the first folder, where the server can tell (IDLE)."""
        async with self._session(grant) as mailbox:
            folder = _folders(grant)[0]
            validity, next_uid = await self._run(mailbox.open, folder)
            while mailbox.can_wait:
                if await self._run(mailbox.wait, IDLE_S):
                    uids = await self._run(mailbox.uids_from, next_uid)
                    async for letter in self._letters(mailbox, uids):
                        next_uid = letter.uid + 1
                        yield _page("stream", folder, validity, letter, None)

    async def _read(
        self, mailbox: Mailbox, folder: str, places: dict[str, Any]
    ) -> AsyncIterator[Page]:
        validity, next_uid = await self._run(mailbox.open, folder)
        uids = await self._run(_new_in, mailbox, places, folder, validity, self._today())
        async for letter in self._letters(mailbox, uids):
            places[folder] = [validity, letter.uid]
            yield _page("poll", folder, validity, letter, _cursor(places))
        places[folder] = [validity, max(next_uid - 1, *uids, 0)]

    async def _letters(self, mailbox: Mailbox, uids: list[int]) -> AsyncIterator[Letter]:
        letters = mailbox.letters(uids, MOST_BYTES)
        while (letter := await self._run(next, letters, None)) is not None:
            yield letter

    @asynccontextmanager
    async def _session(self, grant: Grant) -> AsyncIterator[Mailbox]:
        await self._tools.meter.gate(grant.connection_id)
        server = await mail_server(
            "imap", grant.options, is_loopback_allowed=self._tools.is_loopback_allowed
        )
        username = grant.options.get("username") or grant.account_id
        mailbox = await self._run(Mailbox, Login(server, username, grant.token))
        try:
            yield mailbox
        finally:
            mailbox.close()

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, work, *arguments)

    def _today(self) -> date:
        return self._tools.clock.now().date()


def _new_in(
    mailbox: Mailbox, places: dict[str, Any], folder: str, validity: int, today: date
) -> list[int]:
    known = places.get(folder)
    if isinstance(known, list) and known[:1] == [validity]:
        return mailbox.uids_from(int(known[1]) + 1)
    asked = places.get("since")
    days = FIRST_DAYS if known is None else AGAIN_DAYS
    day = date.fromisoformat(asked) if isinstance(asked, str) else today - timedelta(days=days)
    # The server counts days in its own zone: one more loses nothing, and repeats are known.
    return mailbox.uids_since(day - timedelta(days=1))


def _page(channel: str, folder: str, validity: int, letter: Letter, cursor: str | None) -> Page:
    raw = letter.headers if letter.raw is None else slim(letter.raw)
    return Page(raw, channel, content_key(f"{folder}/{validity}", raw), cursor)


def _folders(grant: Grant) -> list[str]:
    first = grant.options.get("folder") or "INBOX"
    sent = grant.options.get("sent_folder") or ""
    return list(dict.fromkeys(filter(None, (first, sent))))


def _places(cursor: str | None) -> dict[str, Any]:
    try:
        told = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _cursor(places: dict[str, Any]) -> str:
    return json.dumps({name: place for name, place in places.items() if name != "since"})
