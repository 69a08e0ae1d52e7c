"""The guarded client over real sockets: rebinding, redirects, sizes, times, certificates."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from runtime.addresses import Refused
from runtime.errors import Invalid
from runtime.net import Guard, Oversized, guarded_client, read_at_most, resolve
from tests.unit.runtime.certificates import write_certificate

Reply = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Server:
    """A web server of a few lines that keeps what it was asked."""

    port: int = 0
    heads: list[str] = field(default_factory=list)


@asynccontextmanager
async def serving(reply: Reply, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            server.heads.append(head)
            await reply(head.split()[1], writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server


def text(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def hello(_path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(text(b"hello"))


class Names:
    """A name server that gives each name's answers in turn, and the last one for ever."""

    def __init__(self, **names: list[list[str]]) -> None:
        self.names = {name.replace("_", "."): answers for name, answers in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            return await resolve(host, port)
        return answers.pop(0) if len(answers) > 1 else answers[0]


def open_guard(resolver: Names | None = None, size_bytes: int = 100_000) -> Guard:
    return Guard(resolver=resolver or Names(), is_loopback_allowed=True, size_bytes=size_bytes)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.0.0.1.", "0.0.0.0"]
)
async def test_a_local_service_is_never_reached(host: str) -> None:
    async with serving(hello) as server, guarded_client() as client:
        with pytest.raises(Refused):
            await client.get(f"http://{host}:{server.port}/")
    assert server.heads == []


async def test_a_name_that_leads_inside_is_refused() -> None:
    names = Names(inside_example=[["10.0.0.7"]], mixed_example=[["8.8.8.8", "192.168.1.1"]])
    async with guarded_client(guard=Guard(resolver=names)) as client:
        for host in ("inside.example", "mixed.example"):
            with pytest.raises(Refused) as refused:
                await client.get(f"http://{host}/feed")
            assert refused.value.code == "net.address_forbidden"
    assert names.asked == ["inside.example", "mixed.example"]


async def test_a_rebound_name_is_checked_at_each_connection_and_looked_up_once() -> None:
    names = Names(rebind_example=[["127.0.0.1"], ["169.254.169.254"]])
    async with serving(hello) as server, guarded_client(guard=open_guard(names)) as client:
        url = f"http://rebind.example:{server.port}/"
        assert (await client.get(url)).text == "hello"
        assert names.asked == ["rebind.example"]
        with pytest.raises(Refused):
            await client.get(url)
    assert f"Host: rebind.example:{server.port}" in server.heads[0]
    assert len(server.heads) == 1


async def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    async with serving(hello) as server:
        names = Names(two_example=[["127.0.0.2", "127.0.0.1"]])
        async with guarded_client(guard=open_guard(names)) as client:
            answer = await client.get(f"http://two.example:{server.port}/")
    assert answer.text == "hello"


async def test_a_redirect_inside_is_refused() -> None:
    async def away(_path: str, writer: asyncio.StreamWriter) -> None:
        where = "Location: http://169.254.169.254/latest/meta-data/"
        writer.write(text(b"", where, status="302 Found"))

    async with serving(away) as server, guarded_client(guard=open_guard()) as client:
        with pytest.raises(Refused) as refused:
            await client.get(f"http://127.0.0.1:{server.port}/", follow_redirects=True)
    assert refused.value.code == "net.address_forbidden"


@pytest.mark.parametrize(
    "where", ["file:///etc/passwd", "http://user:pw@127.0.0.1/", "http://2130706433/"]
)
async def test_a_redirect_to_an_odd_address_is_refused(where: str) -> None:
    async def away(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(text(b"", f"Location: {where}", status="301 Moved Permanently"))

    async with serving(away) as server, guarded_client(guard=open_guard()) as client:
        with pytest.raises((Refused, httpx.UnsupportedProtocol)):
            await client.get(f"http://127.0.0.1:{server.port}/", follow_redirects=True)


async def test_three_redirects_and_no_more() -> None:
    async def onward(path: str, writer: asyncio.StreamWriter) -> None:
        hops = int(path.strip("/"))
        where = f"Location: /{hops - 1}"
        writer.write(text(b"there") if hops == 0 else text(b"", where, status="302 Found"))

    async with serving(onward) as server, guarded_client(guard=open_guard()) as client:
        url = f"http://127.0.0.1:{server.port}"
        assert (await client.get(f"{url}/3", follow_redirects=True)).text == "there"
        with pytest.raises(httpx.TooManyRedirects):
            await client.get(f"{url}/4", follow_redirects=True)


async def test_credentials_and_cookies_stay_with_their_host() -> None:
    async with serving(hello) as other:

        async def away(_path: str, writer: asyncio.StreamWriter) -> None:
            where = f"Location: http://127.0.0.1:{other.port}/"
            writer.write(text(b"", where, "Set-Cookie: a=b", status="302 Found"))

        async with serving(away) as server, guarded_client(guard=open_guard()) as client:
            url = f"http://127.0.0.1:{server.port}/"
            await client.get(url, headers={"Authorization": "Basic x"}, follow_redirects=True)
            await client.get(url)
    assert "authorization" in server.heads[0].lower()
    assert "authorization" not in other.heads[0].lower()
    assert not any("cookie:" in head.lower() for head in server.heads + other.heads)


async def test_an_endless_answer_is_cut() -> None:
    async def endless(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()

    async with serving(endless) as server, guarded_client(guard=open_guard()) as client:
        with pytest.raises(Oversized) as refused:
            await client.get(f"http://127.0.0.1:{server.port}/")
    assert refused.value.code == "net.too_large"


async def test_a_small_answer_that_unpacks_to_a_large_one_is_cut() -> None:
    packed = gzip.compress(b"\0" * 50_000_000)

    async def bomb(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(text(packed, "Content-Encoding: gzip"))

    async with serving(bomb) as server, guarded_client(guard=open_guard()) as client:
        with pytest.raises(Oversized):
            await client.get(f"http://127.0.0.1:{server.port}/")


async def test_packed_answers_are_opened_up_to_the_size() -> None:
    async def packed(path: str, writer: asyncio.StreamWriter) -> None:
        body = gzip.compress(b"a" * int(path.strip("/")))
        writer.write(text(body, "Content-Encoding: gzip"))

    async with serving(packed) as server, guarded_client(guard=open_guard()) as client:
        url = f"http://127.0.0.1:{server.port}"
        assert len((await client.get(f"{url}/100000")).content) == 100_000
        with pytest.raises(Oversized):
            await client.get(f"{url}/100001")
        longer = await client.get(f"{url}/100001", extensions=read_at_most(100_001))
        assert len(longer.content) == 100_001


async def test_a_packing_that_was_not_asked_for_is_refused() -> None:
    async def packed(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(text(b"x", "Content-Encoding: br"))

    async with serving(packed) as server, guarded_client(guard=open_guard()) as client:
        with pytest.raises(Oversized) as refused:
            await client.get(f"http://127.0.0.1:{server.port}/")
    assert refused.value.code == "net.encoding_forbidden"


async def test_one_time_for_all_hops_and_the_whole_body() -> None:
    async def slow(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(slow) as server, guarded_client(0.3, open_guard()) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"http://127.0.0.1:{server.port}/")


async def test_an_unknown_name_is_no_connection() -> None:
    async def nobody(_host: str, _port: int) -> list[str]:
        raise OSError("unknown")

    async with guarded_client(guard=Guard(resolver=nobody)) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("https://nobody.example/")


async def test_the_certificate_is_checked_for_the_name_not_the_address(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path, "blog.example")
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(certificate, key)
    trusted = ssl.create_default_context(cafile=str(certificate))
    names = Names(blog_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    guard = Guard(resolver=names, is_loopback_allowed=True, tls=trusted)
    async with serving(hello, served) as server, guarded_client(guard=guard) as client:
        assert (await client.get(f"https://blog.example:{server.port}/")).text == "hello"
        with pytest.raises(httpx.ConnectError):
            await client.get(f"https://other.example:{server.port}/")
    assert len(server.heads) == 1


def test_a_refusal_is_never_worth_a_second_try() -> None:
    assert issubclass(Refused, Invalid)
    assert issubclass(Refused, httpx.RequestError)
    assert not issubclass(Refused, httpx.TransportError)
