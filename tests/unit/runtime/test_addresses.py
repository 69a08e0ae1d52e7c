"""The table of addresses that people and pages may try on us, by form and by where they lead."""

import pytest

from runtime.addresses import Refused, check_address, checked_url

REFUSED_URLS = {
    "net.scheme_forbidden": [
        "file:///etc/passwd", "ftp://example.com/feed", "gopher://example.com:70/_x",
        "dict://example.com:11211/stat", "data:text/xml,<rss/>", "javascript:alert(1)",
        "ldap://example.com/", "ws://example.com/", "//example.com/feed", "example.com/feed", "",
    ],
    "net.userinfo_forbidden": [
        "http://user@example.com/", "http://user:secret@example.com/feed",
        "http://example.com@127.0.0.1/", "http://example.com%40@10.0.0.1/",
        "https://good.example:443@evil.example/",
    ],
    "net.host_forbidden": [
        "http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://127.1/",
        "http://10.1/", "http://0177.0.0.1/", "http://0x7f.0.0.1/", "http://0x7f.1/",
        "http://0x/", "http://1.2.3.4./", "http://169.254.43518/", "http://example.com.1/",
        "http://0/", "http://[::ffff:127.0.0.1]:99999/",
    ],
    "net.url_invalid": [
        "http://", "http:///feed", "http://[::1", "http://example.com:port/", "http://exa mple.com/",
        "http://127.0.0.01/", "http://256.256.256.256/", "http://[fe80::1%25eth0]/",
        "http://\u2460\u2461\u2466.0.0.1/", "http://example.com\x00.evil/", "http://a\r\nb/",
        "http://" + "a" * 3000,
    ],
}  # fmt: skip
FORBIDDEN = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200",
    "127.0.0.1", "127.255.255.254", "169.254.169.254", "169.254.170.2", "172.16.0.1",
    "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "168.63.129.16",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1",
    "3fff::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1",
    "ff02::1", "5f00::1", "not an address",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.15.255.255",
    "172.32.0.1", "192.0.1.1", "198.17.255.255", "198.20.0.1", "223.255.255.255",
    "2606:4700:4700::1111", "2a00:1450:4001:82a::200e", "2001:4860:4860::8888",
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "url"), [(code, url) for code, urls in REFUSED_URLS.items() for url in urls]
)
def test_an_odd_address_is_refused_before_anything_is_looked_up(code: str, url: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_url(url)
    assert refused.value.code in {code, "net.url_invalid"}


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/feed", "http://example.com:8080/feed?x=1#y", " https://example.com ",
        "https://b\u00fccher.example/feed", "http://8.8.8.8/", "http://[2606:4700::1]/feed",
        "https://1and1.example/", "https://123.example.com/", "https://xn--bcher-kva.example/",
    ],
)  # fmt: skip
def test_an_ordinary_address_is_taken(url: str) -> None:
    assert checked_url(url).host


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_address_outside_the_public_internet(address: str) -> None:
    with pytest.raises(Refused) as refused:
        check_address(address, 443)
    assert refused.value.code == "net.address_forbidden"


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_open(address: str) -> None:
    check_address(address, 443)


@pytest.mark.parametrize("port", [0, 21, 22, 25, 53, 2379, 5432, 6379, 9092, 27017, 65535])
def test_only_web_ports(port: int) -> None:
    with pytest.raises(Refused) as refused:
        check_address("8.8.8.8", port)
    assert refused.value.code == "net.port_forbidden"


def test_loopback_when_it_is_allowed_and_nothing_else() -> None:
    for address in ("127.0.0.1", "127.8.8.8", "::1"):
        check_address(address, 8901, is_loopback_allowed=True)
    for address in ("10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0", "fe80::1"):
        with pytest.raises(Refused):
            check_address(address, 80, is_loopback_allowed=True)
