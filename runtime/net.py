"""Calls to addresses that a person typed or a page named, without becoming anybody's way inside.

Which addresses are open is in `addresses`. A name is looked up once, and the address that was checked
is the one that is connected to: a second answer of the name server changes nothing. TLS still asks for
and checks the name. Bodies are bounded after decompression, calls by one time for all their hops.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpcore
import httpx

from runtime.addresses import Refused, check_address, check_url

SIZE_BYTES = 5 * 1024 * 1024
TIMEOUT_S = 10.0
REDIRECTS = 3
_CONNECT_S = 5.0
_TRIED = 4
_DEADLINE = "rapport_deadline"
_SIZE = "rapport_size_bytes"

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Host name and port to IP addresses, best first. Raises OSError when there are none."""


class Oversized(Refused):
    """The answer is larger than we read, or packed in a way we do not open. The call was made.

    Codes: net.too_large, net.encoding_forbidden.
    """


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver. Raises OSError for a name that is unknown."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be called. `limits` and `tls` are those of the connections.

    `open_hosts` are names of our own network that may be called at any address and port.
    """

    resolver: Resolver = resolve
    is_loopback_allowed: bool = False
    open_hosts: frozenset[str] = frozenset()
    size_bytes: int = SIZE_BYTES
    limits: httpx.Limits = field(
        default_factory=lambda: httpx.Limits(max_connections=64, keepalive_expiry=5.0)
    )
    tls: ssl.SSLContext | None = None


def guarded_client(
    timeout_s: float = TIMEOUT_S, guard: Guard | None = None, user_agent: str = "Rapport"
) -> httpx.AsyncClient:
    """Return a client that calls the public internet only, and raises `Refused` for anything else.

    A call takes `timeout_s` at most, with all its redirects; they are followed when the caller says
    so, three at most, each checked anew, and credentials stay with the host they are for. No proxy,
    no .netrc and no cookies: accounts of different clients share it.
    """
    return httpx.AsyncClient(
        transport=GuardedTransport(timeout_s, guard or Guard()),
        timeout=httpx.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
        headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        max_redirects=REDIRECTS,
        trust_env=False,
    )


def read_at_most(size_bytes: int) -> dict[str, int]:
    """Return the request extension that allows one answer another size than the client's."""
    return {_SIZE: size_bytes}


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to checked addresses only. The one place where a socket is opened."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that answers, when all of them are allowed."""
        failure: Exception = httpcore.ConnectError("no address")
        for address in (await self._addresses(host, port, timeout))[:_TRIED]:
            try:
                return await self._sockets.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int, timeout_s: float | None) -> list[str]:
        try:
            async with asyncio.timeout(timeout_s):
                found = await self._guard.resolver(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the name was not found in time") from None
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(type(error).__name__) from None
        if host.rstrip(".").lower() in self._guard.open_hosts:
            return found
        # One private address among public ones is an attempt, not an alternative.
        for address in found:
            check_address(address, port, is_loopback_allowed=self._guard.is_loopback_allowed)
        return found

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 (httpcore's signature)
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a socket file is never public."""
        raise Refused("net.address_forbidden", "socket files are not called")

    async def sleep(self, seconds: float) -> None:
        """Wait between connection attempts."""
        await asyncio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """HTTP over checked connections, bounded in time and size. Every hop of a redirect passes here."""

    def __init__(self, timeout_s: float, guard: Guard) -> None:
        # httpx takes no network backend, so the pool is made here; the rest of httpx's own stays.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=guard.tls or httpx.create_ssl_context(trust_env=False),
            max_connections=guard.limits.max_connections,
            max_keepalive_connections=guard.limits.max_keepalive_connections,
            keepalive_expiry=guard.limits.keepalive_expiry,
            network_backend=_CheckedBackend(guard),
        )
        self._timeout_s = timeout_s
        self._size_bytes = guard.size_bytes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make one hop. Raises `Refused` before anything is sent, `Oversized` for what comes back."""
        check_url(request.url)
        now = asyncio.get_running_loop().time()
        # httpx hands the extensions on to the next hop: all of them share one deadline.
        deadline: float = request.extensions.setdefault(_DEADLINE, now + self._timeout_s)
        size_bytes: int = request.extensions.get(_SIZE, self._size_bytes)
        try:
            async with asyncio.timeout_at(deadline):
                answer = await super().handle_async_request(request)
        except TimeoutError:
            raise httpx.ReadTimeout("no answer in time", request=request) from None
        try:
            body = _Body(answer, _unpacker(answer), size_bytes, deadline)
        except Oversized:
            await answer.aclose()
            raise
        answer.headers.pop("content-encoding", None)
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            stream=body,
            extensions=answer.extensions,
        )


class _Body(httpx.AsyncByteStream):
    """A body, unpacked, up to its size and its time."""

    def __init__(
        self, answer: httpx.Response, unpack: "_Unpack", size_bytes: int, deadline: float
    ) -> None:
        self._answer = answer
        self._unpack = unpack
        self._left = size_bytes
        self._deadline = deadline

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self._answer.stream, httpx.AsyncByteStream)
        chunks = aiter(self._answer.stream)
        while True:
            try:
                async with asyncio.timeout_at(self._deadline):
                    packed = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise httpx.ReadTimeout("the answer did not end in time") from None
            # One byte more than is left tells that there is more.
            chunk = self._unpack(packed, self._left + 1)
            self._left -= len(chunk)
            if self._left < 0:
                raise Oversized("net.too_large", "the answer is larger than we read")
            yield chunk

    async def aclose(self) -> None:
        """Let the connection go."""
        await self._answer.aclose()


_Unpack = Callable[[bytes, int], bytes]


def _unpacker(answer: httpx.Response) -> _Unpack:
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return lambda packed, _: packed
    if encoding not in ("gzip", "x-gzip"):
        raise Oversized("net.encoding_forbidden", "the answer is packed as we did not ask for")
    inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def unpack(packed: bytes, at_most: int) -> bytes:
        try:
            return inflating.decompress(packed, at_most)
        except zlib.error:
            raise httpx.DecodingError("the answer is not packed as it says") from None

    return unpack
