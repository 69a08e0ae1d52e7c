"""Where a mailbox's servers are, looked up once and checked as web addresses are. Speaking to them is the callers'."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from runtime.addresses import check_address
from runtime.errors import Invalid, Unavailable
from runtime.net import Resolver, resolve

PORTS = frozenset({25, 143, 465, 587, 993, 2525})
_TLS_AT_ONCE = frozenset({465, 993})
_DEFAULTS = {"imap": 993, "smtp": 587}
CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class MailServer:
    """One server of a mailbox. `tls`: at once, after STARTTLS, or never (this machine's own only)."""

    host: str
    port: int
    address: str
    tls: Literal["at_once", "starttls", "none"]

    def connect(self) -> socket.socket:
        """Open a connection to the address that was checked. Blocks; raises OSError."""
        return socket.create_connection((self.address, self.port), CONNECT_S)


async def mail_server(
    protocol: Literal["imap", "smtp"],
    options: Mapping[str, str],
    *,
    is_loopback_allowed: bool = False,
    resolver: Resolver = resolve,
) -> MailServer:
    """Return the server that `imap_host` and `imap_port` (or smtp) name.

    Raises `Invalid` for one that must not be called, `Unavailable` for one that cannot be found.
    """
    host = options.get(f"{protocol}_host", "").strip().rstrip(".")
    number = options.get(f"{protocol}_port", "").strip() or str(_DEFAULTS[protocol])
    if not host or not number.isascii() or not number.isdigit() or not 0 < int(number) < 65_536:
        raise Invalid("mail.server_invalid", f"the account names no {protocol.upper()} server")
    port = int(number)
    try:
        addresses = await resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise Unavailable("mail.server_unknown", f"{host}: {type(error).__name__}") from None
    if not addresses:
        raise Unavailable("mail.server_unknown", f"{host} has no address")
    for one in addresses:
        check_address(one, port, is_loopback_allowed=is_loopback_allowed, ports=PORTS)
    is_here = is_loopback_allowed and port not in PORTS
    if port in _TLS_AT_ONCE:
        return MailServer(host, port, addresses[0], "at_once")
    return MailServer(host, port, addresses[0], "none" if is_here else "starttls")
