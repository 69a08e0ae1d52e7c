"""The demo agency's three brands: fixed ids, tokens and first posts. `rapport up` seeds from DEMO."""

import json
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files

from sandbox.models import Account, Network
from sandbox.traffic.hands import Hands
from sandbox.world import World
from sandbox.writing import Words

AGENCY = "Studio Marea"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account of a demo brand. `colour` is a suggestion (hex) for the brand's chip."""

    brand: str
    brand_name: str
    network: Network
    account_id: str
    handle: str
    name: str
    token: str
    colour: str
    sector: str
    languages: tuple[str, ...]


def _account(
    brand: "_Brand", network: Network, account_id: str, handle: str = "", token: str = ""
) -> DemoAccount:
    return DemoAccount(
        brand=brand.key,
        brand_name=brand.name,
        network=network,
        account_id=account_id,
        handle=handle or brand.handle,
        name=brand.name,
        token=token or f"sandbox-{network}-{brand.key}",
        colour=brand.colour,
        sector=brand.sector,
        languages=brand.languages,
    )


@dataclass(frozen=True, slots=True)
class _Brand:
    key: str
    name: str
    handle: str
    colour: str
    sector: str
    languages: tuple[str, ...]


_CASA = _Brand("casa-verde", "Casa Verde", "casaverde", "#2f7d4f", "home", ("es", "pt", "en"))
_NORD = _Brand("nordlicht", "Nordlicht Kaffee", "nordlicht", "#8a4b20", "coffee", ("de", "en"))
_VELO = _Brand(
    "velo-atelier", "Vélo Atelier", "veloatelier", "#2a5bd7", "bikes", ("fr", "it", "en")
)

DEMO: tuple[DemoAccount, ...] = (
    _account(_CASA, "facebook", "104210000000101"),
    _account(_CASA, "mastodon", "117020565000000101"),
    _account(_NORD, "facebook", "104210000000202"),
    _account(_NORD, "mastodon", "117020565000000202"),
    _account(_VELO, "facebook", "104210000000303"),
    _account(_VELO, "mastodon", "117020565000000303"),
    _account(_CASA, "instagram", "17841400000000101"),
    _account(_CASA, "email", "hola@casaverde.example", "hola@casaverde.example"),
    _account(_NORD, "bluesky", "did:plc:nordlichtkaffeerostereix", "nordlicht.bsky.example"),
    _account(_NORD, "wordpress", "nordlicht"),
    _account(_VELO, "instagram", "17841400000000303"),
    _account(_VELO, "telegram", "7104200303", "veloatelier_bot", "7104200303:sandbox-velo-atelier"),
)


def plant(world: World, hands: Hands) -> None:
    """Put the demo accounts and their posts into a world that does not have them yet."""
    text = (files("sandbox") / "texts" / "posts.json").read_text("utf-8")
    posts = json.loads(text)
    for number, one in enumerate(DEMO):
        if world.account(one.network, one.account_id) is not None:
            continue
        account = Account(
            network=one.network,
            id=one.account_id,
            brand=one.brand,
            name=one.name,
            handle=one.handle,
            token=one.token,
            sector=one.sector,
            languages=one.languages,
        )
        world.put_account(account)
        rows = posts[one.brand].get(one.network, [])
        for age, (language, topic, words) in enumerate(reversed(rows)):
            at = world.now() - timedelta(hours=7 + 19 * (len(rows) - 1 - age), minutes=11 * number)
            said = Words(text=words, language=language, topic=topic, at=at)
            hands.post(account, said)
