"""The hand-written texts, dealt like cards: none comes twice before all of its kind were seen."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

INTENTS = ("question", "complaint", "praise", "request", "spam", "irony", "small_talk")
_CITIES = {
    "es": ("Sevilla", "Valencia", "Bilbao", "Zaragoza", "Granada"),
    "pt": ("Porto", "Braga", "Coimbra", "Faro"),
    "en": ("Leeds", "Cork", "Bristol", "Glasgow", "Utrecht"),
    "de": ("Kiel", "Leipzig", "Bremen", "Köln", "Graz"),
    "fr": ("Lyon", "Nantes", "Grenoble", "Lille", "Namur"),
    "it": ("Torino", "Bologna", "Verona", "Trento"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One text; `edited` is what its writer makes of it a minute later, if anything."""

    language: str
    intent: str
    topic: str | None
    text: str
    edited: str | None = None


def read_cards(sector: str) -> list[Card]:
    """The cards of a sector: home, coffee, bikes or common."""
    text = (files("sandbox") / "texts" / f"{sector}.json").read_text("utf-8")
    return [Card(*row) for row in json.loads(text)["rows"]]


class Deck:
    """All sectors' cards behind one seeded die."""

    def __init__(self, die: random.Random) -> None:
        self._die = die
        self._cards: dict[str, list[Card]] = {}
        self._seen: set[Card] = set()

    def _sector(self, sector: str) -> list[Card]:
        if sector not in self._cards:
            try:
                self._cards[sector] = read_cards(sector)
            except FileNotFoundError:
                self._cards[sector] = read_cards("home")
        return self._cards[sector]

    def deal(
        self, sector: str, language: str, intents: Iterable[str], topic: str | None = None
    ) -> Card | None:
        """A fresh card that fits; about the topic rather than about nothing in particular."""
        wanted = set(intents)
        fitting = [
            card
            for card in (*self._sector(sector), *self._sector("common"))
            if card.language == language and card.intent in wanted and card.topic in (topic, None)
        ]
        if not fitting:
            return None
        fresh = [card for card in fitting if card not in self._seen]
        if not fresh:
            self._seen.difference_update(fitting)
            fresh = fitting
        close = [card for card in fresh if card.topic == topic] or fresh
        card = self._die.choice(close)
        self._seen.add(card)
        return card

    def fill(self, card: Card, text: str, seed: int) -> str:
        """Put order number, place and days into a text; the same seed fills in the same."""
        die = random.Random(seed)
        order = f"#{die.randrange(20000, 99999)}"
        city = die.choice(_CITIES[card.language])
        filled = text.replace("{order}", order).replace("{city}", city)
        return filled.replace("{days}", str(die.randrange(4, 19)))
