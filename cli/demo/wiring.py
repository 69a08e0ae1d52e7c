"""Where the demo's accounts are reached at the sandbox, and what else calling each network needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from contracts.networks import wordpress
from sandbox.demo import DemoAccount

_PATHS = {
    "facebook": "graph",
    "instagram": "graph",
    "mastodon": "mastodon",
    "bluesky": "bluesky",
    "wordpress": "wordpress",
    "telegram": "telegram",
}
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
# Mail without TLS, and sites that people name, are only called where the sandbox is this machine.
_LOCAL_ONLY = frozenset({"wordpress", "email"})


@dataclass(frozen=True, slots=True)
class Stand:
    """The sandbox. Without ports of its mail servers there is no mailbox."""

    url: str
    imap_port: int = 0
    smtp_port: int = 0


@dataclass(frozen=True, slots=True)
class Wired:
    """An account as connecting it would have stored it."""

    network: str
    account_id: str
    handle: str
    base_url: str
    options: dict[str, str] = field(default_factory=dict)


def wired(account: DemoAccount, stand: Stand) -> Wired | None:
    """Return where an account is; None when it cannot be reached from here."""
    parts = urlsplit(stand.url)
    is_local = parts.hostname in _LOCAL
    if account.network in _LOCAL_ONLY and not is_local:
        return None
    if account.network == "email":
        return _mailbox(account, stand, str(parts.hostname))
    base_url = f"{stand.url}/{_PATHS[account.network]}"
    if account.network == "wordpress":
        return _site(account, f"{base_url}/{account.account_id}", str(parts.hostname))
    options: Mapping[str, str] = {}
    if account.network == "bluesky":
        stream = base_url.replace("http", "ws", 1) + "/jetstream/subscribe"
        options = {
            "identifier": account.handle, "did": account.account_id, "jetstream": stream,
        }  # fmt: skip
    return Wired(account.network, account.account_id, account.handle, base_url, dict(options))


def _site(account: DemoAccount, address: str, host: str) -> Wired:
    options = {
        wordpress.USER_OPTION: account.handle,
        wordpress.USER_ID_OPTION: "3",
        wordpress.API_OPTION: f"{address}/wp-json/",
    }
    site = f"{host}{urlsplit(address).path}"
    # Answers of a site stand under the shown name of the user who signs in.
    return Wired(account.network, site, account.name, address, options)


def _mailbox(account: DemoAccount, stand: Stand, host: str) -> Wired | None:
    if not stand.imap_port or not stand.smtp_port:
        return None
    options = {
        "imap_host": host, "imap_port": str(stand.imap_port),
        "smtp_host": host, "smtp_port": str(stand.smtp_port),
        "folder": "INBOX", "from_name": account.name,
    }  # fmt: skip
    return Wired(account.network, account.account_id, account.handle, "", options)
