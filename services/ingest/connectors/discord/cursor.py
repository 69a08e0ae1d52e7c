"""How far each channel of a server has been read, as one text. Asking Discord lives in the connector."""

import json
from dataclasses import dataclass, field

from contracts.networks.discord import id_order


@dataclass(slots=True)
class Cursor:
    """The newest id read by channel. A channel that is not among them is read from `floor` on."""

    floor: str = ""
    channels: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        """Return the cursor; what is no cursor of ours is none."""
        try:
            told = json.loads(text or "{}")
            rows = told.get("channels", {}).items()
            return cls(str(told.get("floor", "")), {str(key): str(one) for key, one in rows})
        except (ValueError, AttributeError, RecursionError):
            return cls()

    def text(self) -> str:
        """Return it as it is kept."""
        told = {"floor": self.floor, "channels": self.channels}
        return json.dumps(told, separators=(",", ":"))

    def known(self, channel: str) -> str:
        """Return the id after which a channel is news; empty when nothing of it was read."""
        return self.channels.get(channel, self.floor)

    def advance(self, channel: str, ids: list[str]) -> None:
        """Take down what was read."""
        self.channels[channel] = max([self.known(channel), *ids], key=id_order)
