"""IMAP4rev1 as far as reading a mailbox goes (RFC 3501, IDLE by RFC 2177). What a mailbox holds is in post.py."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from sandbox.mail.post import Post
from sandbox.models import Account, Item
from sandbox.world import World

_WORDS = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\((?:[^()]|\([^()]*\))*\))|(\S+)')
CAPABILITIES = b"CAPABILITY IMAP4rev1 IDLE UIDPLUS"
FOLDERS = ("INBOX", "Sent")
Login = Callable[[str, str], Awaitable[Account | None]]


class Session:
    """One connection: reads commands until LOGOUT or the end."""

    def __init__(
        self, world: World, post: Post, login: Login, reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:  # fmt: skip
        self._world, self._post, self._login = world, post, login
        self._reader, self._writer = reader, writer
        self._account: Account | None = None
        self._folder = "INBOX"

    async def run(self) -> None:
        """Greet, answer, end."""
        self._say(b"* OK ready")
        while line := await self._reader.readline():
            tag, _, rest = line.strip().partition(b" ")
            name, _, text = rest.partition(b" ")
            if not await self._answer(tag, name.upper(), text):
                return
            await self._writer.drain()

    async def _answer(self, tag: bytes, name: bytes, text: bytes) -> bool:
        words = [b"".join(found) for found in _WORDS.findall(text)]
        if name == b"LOGOUT":
            self._say(b"* BYE", tag + b" OK LOGOUT")
            return False
        if name == b"LOGIN":
            self._account = await self._login(words[0].decode(), words[1].decode())
            is_in = self._account is not None
            self._say(tag + (b" OK in" if is_in else b" NO [AUTHENTICATIONFAILED] refused"))
            return True
        if name == b"CAPABILITY":
            self._say(b"* " + CAPABILITIES, tag + b" OK done")
            return True
        if name == b"NOOP":
            self._say(tag + b" OK done")
            return True
        if self._account is None:
            self._say(tag + b" BAD log in first")
            return True
        await self._signed_in(self._account, tag, name, words)
        return True

    async def _signed_in(
        self, account: Account, tag: bytes, name: bytes, words: list[bytes]
    ) -> None:
        if name in {b"SELECT", b"EXAMINE"}:
            self._select(account, tag, words[0].decode())
        elif name == b"STATUS":
            self._status(account, tag, words[0])
        elif name == b"UID" and words[0].upper() == b"SEARCH":
            self._search(account, tag, [word.upper() for word in words[1:]])
        elif name == b"UID" and words[0].upper() == b"FETCH":
            self._fetch(account, tag, words[1], words[2])
        elif name == b"IDLE":
            await self._idle(account, tag)
        else:
            self._say(tag + b" BAD not known here")

    def _say(self, *lines: bytes) -> None:
        for line in lines:
            self._writer.write(line + b"\r\n")

    def _letters(self, account: Account) -> list[tuple[int, Item]]:
        return self._post.letters(account, self._folder)

    def _select(self, account: Account, tag: bytes, folder: str) -> None:
        if folder not in FOLDERS:
            self._say(tag + b" NO [NONEXISTENT] no such folder")
            return
        self._folder = folder
        validity, next_uid = self._post.validity(account), self._post.next_uid(account)
        self._say(
            f"* {len(self._letters(account))} EXISTS".encode(), b"* 0 RECENT",
            b"* FLAGS (\\Seen)", f"* OK [UIDVALIDITY {validity}] valid".encode(),
            f"* OK [UIDNEXT {next_uid}] next".encode(), tag + b" OK [READ-ONLY] selected",
        )  # fmt: skip

    def _status(self, account: Account, tag: bytes, folder: bytes) -> None:
        told = f"UIDVALIDITY {self._post.validity(account)} UIDNEXT {self._post.next_uid(account)}"
        self._say(b'* STATUS "' + folder + b'" (' + told.encode() + b")", tag + b" OK done")

    def _search(self, account: Account, tag: bytes, words: list[bytes]) -> None:
        words = [word.strip(b"()") for word in words]
        found = self._letters(account)
        if b"UID" in words:
            first = int(words[words.index(b"UID") + 1].partition(b":")[0])
            last = max((uid for uid, _ in found), default=0)
            found = [one for one in found if one[0] >= min(first, last)]
        if b"SINCE" in words:
            told = words[words.index(b"SINCE") + 1].decode().title()
            day = datetime.strptime(told + " +0000", "%d-%b-%Y %z").date()
            found = [one for one in found if one[1].created_at.date() >= day]
        numbers = b"".join(b" %d" % uid for uid, _ in found)
        self._say(b"* SEARCH" + numbers, tag + b" OK done")

    def _fetch(self, account: Account, tag: bytes, uid: bytes, parts: bytes) -> None:
        for number, (one, item) in enumerate(self._letters(account), start=1):
            if str(one).encode() != uid:
                continue
            raw = self._post.raw(item).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            is_head = b"HEADER" in parts.upper()
            body = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if is_head else raw
            name = b"BODY[HEADER]" if is_head else b"BODY[]"
            head = b"* %d FETCH (UID %d RFC822.SIZE %d %s {%d}" % (
                number, one, len(raw), name, len(body),
            )  # fmt: skip
            self._say(head)
            self._writer.write(body + b")\r\n")
        self._say(tag + b" OK done")

    async def _idle(self, account: Account, tag: bytes) -> None:
        self._say(b"+ idling")
        await self._writer.drain()
        known, done = len(self._letters(account)), asyncio.ensure_future(self._reader.readline())
        while not done.done():
            await asyncio.wait({done}, timeout=0.05)
            there = len(self._letters(account))
            if there != known:
                known = there
                self._say(f"* {there} EXISTS".encode())
                await self._writer.drain()
        self._say(tag + b" OK IDLE terminated")
