"""Which addresses a person or a page may send us to. Pure: looking names up and connecting live in `net`."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from runtime.errors import Invalid

PORTS = frozenset({80, 443, 8080, 8443})
_SCHEMES = frozenset({"http", "https"})
_LONGEST_URL = 2048

# The IANA special-purpose registries, so that the answer does not change with the Python version.
_CLOSED_V4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            # Azure answers its machines' questions about themselves here.
            "168.63.129.16/32",
        ),
    )
)  # fmt: skip
# Only 2000::/3 is given out. Mapped, compatible, NAT64, unique local, link-local and multicast
# addresses are all outside of it; inside, these lead to IPv4 addresses or to nobody.
_OPEN_V6 = ip_network("2000::/3")
_CLOSED_V6 = tuple(
    map(
        ip_network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?\Z", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]*|\d+)\Z", re.ASCII)


class Refused(Invalid, httpx.RequestError):
    """An outgoing call that must not be made, or an answer that must not be read on.

    Codes: net.url_invalid, net.scheme_forbidden, net.userinfo_forbidden, net.host_forbidden,
    net.port_forbidden, net.address_forbidden; nothing was sent when they are raised.
    """


def checked_url(address: str) -> httpx.URL:
    """Return a typed address as a URL that may be called. Raises `Refused`; looks nothing up."""
    if len(address) > _LONGEST_URL:
        raise Refused("net.url_invalid", f"longer than {_LONGEST_URL} characters")
    try:
        url = httpx.URL(address.strip())
    except (httpx.InvalidURL, ValueError):
        raise Refused("net.url_invalid", "this is no web address") from None
    check_url(url)
    return url


def check_url(url: httpx.URL) -> None:
    """Raise `Refused` unless scheme and form of the address are those of an ordinary web address."""
    if url.scheme not in _SCHEMES:
        raise Refused("net.scheme_forbidden", "only http and https addresses are called")
    if url.userinfo:
        raise Refused("net.userinfo_forbidden", "the address names a user before its host")
    host = url.raw_host.decode("ascii", "replace")
    if not (_HOST.match(host) or _is_v6(host)) or not 0 < (url.port or 443) < 65_536:
        raise Refused("net.url_invalid", "the address names no host that can be called")
    _check_number(host)


def _is_v6(host: str) -> bool:
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


def _check_number(host: str) -> None:
    """Refuse numbers that C libraries read as IPv4 addresses: 2130706433, 0x7f.1, 0177.0.0.1."""
    last = host.rstrip(".").rpartition(".")[2]
    if not _NUMBER.match(last):
        return
    try:
        IPv4Address(host)
    except ValueError:
        raise Refused(
            "net.host_forbidden", "the host is a number in a form that hides its address"
        ) from None


def check_address(
    address: str, port: int, *, is_loopback_allowed: bool = False, ports: frozenset[int] = PORTS
) -> None:
    """Raise `Refused` unless this IP address is in the public internet and the port is one of these.

    `is_loopback_allowed` opens this machine's own addresses, at every port.
    """
    ip = _parsed(address)
    if is_loopback_allowed and ip.is_loopback:
        return
    if port not in ports:
        raise Refused("net.port_forbidden", f"port {port} is not one that is called")
    if not _is_public(ip):
        raise Refused("net.address_forbidden", "the host is not in the public internet")


def _parsed(address: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(address)
    except ValueError:
        raise Refused("net.address_forbidden", "the host has no address that can be read") from None


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv4Address):
        return not any(ip in net for net in _CLOSED_V4)
    is_plain = ip.scope_id is None and ip in _OPEN_V6
    return is_plain and not any(ip in net for net in _CLOSED_V6)
