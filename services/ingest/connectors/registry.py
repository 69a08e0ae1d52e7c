"""Which networks can be read, and where the code that reads them lives. Nothing is imported before it is asked for."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import cast

from services.ingest.connectors.protocol import Normalise

_FOLDERS: Mapping[str, str] = {
    "facebook": "facebook",
    "mastodon": "mastodon",
    "messenger": "messenger",
    "instagram": "instagram",
    "whatsapp": "whatsapp",
    "threads": "threads",
    "x": "x",
    "bluesky": "bluesky",
    "feed": "feed",
    "wordpress": "wordpress",
    "telegram": "telegram",
    "youtube": "youtube",
    "reddit": "reddit",
    "linkedin": "linkedin",
    "tiktok": "tiktok",
    "google_business": "google_business",
    "discord": "discord",
    "email": "email",
    "webhook": "webhook",
}


class Normalisers(Mapping[str, Normalise]):
    """Network name to its `normalise`. A module is imported when its network is looked up, and not before.

    Raises KeyError for a network that is not in the table.
    """

    def __init__(self, folders: Mapping[str, str], load: Callable[[str], Normalise]) -> None:
        self._folders = folders
        self._load = load

    def __getitem__(self, network: str) -> Normalise:
        return self._load(self._folders[network])

    def __contains__(self, network: object) -> bool:
        return network in self._folders

    def __iter__(self) -> Iterator[str]:
        return iter(self._folders)

    def __len__(self) -> int:
        return len(self._folders)


def normalisers() -> Mapping[str, Normalise]:
    """Return network name to its `normalise`, in the order of the table."""
    return Normalisers(_FOLDERS, _load)


def _load(folder: str) -> Normalise:
    module = import_module(f"services.ingest.connectors.{folder}.payloads")
    return cast(Normalise, module.normalise)
