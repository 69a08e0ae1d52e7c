"""What people do through the day, as a schedule that is asked what is due; it never waits itself."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import BaseModel, Field

from sandbox.models import Account, Change, Doing, Item, Network, Person
from sandbox.traffic.hands import PENNED, Hands
from sandbox.traffic.people import read_people, say, slip
from sandbox.traffic.texts import INTENTS, Card, Deck
from sandbox.world import World
from sandbox.writing import Pen, Words

_MIX = {
    "question": 28,
    "complaint": 22,
    "praise": 20,
    "request": 11,
    "spam": 4,
    "irony": 6,
    "small_talk": 9,
}
FOLLOW_UPS_AT_MOST = 2
OPENING_S = 8.0
# The shares of messages and of mentions, added up; then those who answer each other. The rest comments.
_SHARES: dict[Network, tuple[float, float, float]] = {
    "facebook": (0.0, 0.0, 0.34),
    "mastodon": (0.05, 0.22, 0.34),
    "instagram": (0.12, 0.18, 0.36),
    "bluesky": (0.0, 0.25, 0.40),
    "email": (1.0, 1.0, 1.0),
    "telegram": (1.0, 1.0, 1.0),
}
_COMMENTS_ONLY = (0.0, 0.0, 0.25)
_NEVER_CHANGED = frozenset({"email", "bluesky"})
# Bystanders answer a request like a question, irony like a joke.
_ABOUT = {"request": "question", "irony": "small_talk"}


class Plan(BaseModel):
    """How lively, in which languages and moods, and at which accounts (ids); empty means all."""

    per_minute: float = Field(default=15.0, gt=0)
    is_bursty: bool = True
    languages: tuple[str, ...] = ()
    mix: dict[str, float] = Field(default_factory=lambda: {k: float(v) for k, v in _MIX.items()})
    accounts: tuple[str, ...] = ()
    seed: int = 20


@dataclass(order=True)
class _Due:
    at: datetime
    number: int
    act: Callable[[datetime], None] = field(compare=False)


class Day:
    """Seeded: the same plan on the same world with the same clock does the same things."""

    def __init__(self, world: World, pen: Pen, hands: Hands, plan: Plan) -> None:
        self._world, self._pen, self._hands, self.plan = world, pen, hands, plan
        self._die = random.Random(plan.seed)
        self._deck = Deck(self._die)
        self._people: dict[Network, list[Person]] = {}
        self._due: list[_Due] = []
        self._number = 0
        self._answered: dict[str, int] = {}
        self._silent: dict[tuple[str, str], list[Person]] = {}

    # The schedule

    def start(self, now: datetime, backlog: int = 0) -> None:
        """Plan a backlog of the last hours, spread over the first seconds, and the first arrival."""
        ages = sorted((self._die.uniform(4, 300) for _ in range(backlog)), reverse=True)
        for number, age_min in enumerate(ages):
            written_at = now - timedelta(minutes=age_min)
            self._at(now + timedelta(seconds=0.25 * number), self._backdated(written_at))
        if backlog:
            self._open(now)
        self._at(now + timedelta(seconds=0.25 * backlog), self._arrive)

    def _open(self, now: datetime) -> None:
        """Where the past cannot be written, somebody writes at once: no account begins empty."""
        accounts = [one for one in self._world.accounts() if one.network not in PENNED]
        for account in filter(self._is_wanted, accounts):
            wait = timedelta(seconds=self._die.uniform(0, OPENING_S))
            self._at(now + wait, self._writing_at(account))

    def _writing_at(self, account: Account) -> Callable[[datetime], None]:
        return lambda _: self._speak_at(account, None)

    def _backdated(self, written_at: datetime) -> Callable[[datetime], None]:
        return lambda _: self._speak(written_at)

    def _at(self, moment: datetime, act: Callable[[datetime], None]) -> None:
        self._number += 1
        heapq.heappush(self._due, _Due(moment, self._number, act))

    def advance(self, now: datetime) -> datetime | None:
        """Do everything that is due; returns when to come again, None when nothing is planned."""
        while self._due and self._due[0].at <= now:
            due = heapq.heappop(self._due)
            due.act(due.at)
        return self._due[0].at if self._due else None

    def _arrive(self, at: datetime) -> None:
        gap_s = 60.0 / self.plan.per_minute
        self._speak(None)
        if self._die.random() < 0.05:
            self._favourite()
        if not self.plan.is_bursty:
            self._at(at + timedelta(seconds=gap_s), self._arrive)
            return
        extra = self._die.randrange(1, 4) if self._die.random() < 0.07 else 0
        for number in range(extra):
            wait = timedelta(seconds=self._die.uniform(0.2, 0.5) * gap_s * (number + 1))
            self._at(at + wait, lambda _: self._speak(None))
        # A burst is paid for by the pause after it, so that the mean stays as planned.
        wait_s = gap_s * (extra + self._die.uniform(0.4, 1.6))
        self._at(at + timedelta(seconds=wait_s), self._arrive)

    # Writing

    def _speak(self, written_at: datetime | None) -> None:
        wanted = [a for a in self._world.accounts() if self._is_wanted(a)]
        accounts = [a for a in wanted if written_at is None or a.network in PENNED]
        if accounts:
            self._speak_at(self._die.choice(accounts), written_at)

    def _speak_at(self, account: Account, written_at: datetime | None) -> None:
        language = self._language(account)
        messages, mentions, peers = _SHARES.get(account.network, _COMMENTS_ONLY)
        roll = self._die.random()
        if roll < messages:
            self._write_message(account, language, written_at)
        elif roll < mentions:
            self._write_mention(account, language, written_at)
        elif roll < peers:
            self._write_to_peer(account, written_at)
        else:
            self._write_comment(account, language, written_at)

    def _favourite(self) -> None:
        """Somebody likes a post: the brand is told on Mastodon, and no message comes of it."""
        accounts = [a for a in self._world.accounts("mastodon") if self._is_wanted(a)]
        posts = self._posts(self._die.choice(accounts)) if accounts else []
        if posts:
            post = self._die.choice(posts)
            account = self._world.account("mastodon", post.account_id)
            if account is not None:
                self._pen.favourite(account, self._person(account, post.language), post)

    def _is_wanted(self, account: Account) -> bool:
        is_named = not self.plan.accounts or account.id in self.plan.accounts
        return is_named and self._hands.can_write(account.network)

    def _language(self, account: Account) -> str:
        allowed = [
            one
            for one in account.languages
            if one in self.plan.languages or not self.plan.languages
        ]
        choices = allowed or list(account.languages)
        weights = [len(choices) + 1 - rank for rank in range(len(choices))]
        return self._die.choices(choices, weights)[0]

    def _intent(self) -> str:
        known = {k: v for k, v in self.plan.mix.items() if k in INTENTS and v > 0}
        known = known or {"question": 1.0}
        return self._die.choices(list(known), list(known.values()))[0]

    def _posts(self, account: Account) -> list[Item]:
        return [i for i in self._world.posts(account) if i.parent_id is None]

    def _person(self, account: Account, language: str) -> Person:
        """Whoever of this language has been silent longest, roughly."""
        key = (account.network, language)
        if not self._silent.get(key):
            everybody = self._everybody(account.network)
            people = [p for p in everybody if p.language == language]
            self._silent[key] = people or list(everybody)
            self._die.shuffle(self._silent[key])
        return self._silent[key].pop()

    def _everybody(self, network: Network) -> list[Person]:
        if network not in self._people:
            self._people[network] = read_people(network)
        return self._people[network]

    def _words(self, person: Person, card: Card, at: datetime | None) -> tuple[Words, str | None]:
        """The words, and the text they become when their writer edits them."""
        seed = self._die.randrange(2**31)
        filled = self._deck.fill(card, card.text, seed)
        is_upset = card.intent in ("complaint", "irony", "unsolved")
        is_letter = card.intent == "letter"
        meant = filled if is_letter else say(person, filled, self._die, is_upset=is_upset)
        edited = self._deck.fill(card, card.edited, seed) if card.edited else None
        is_hasty = not is_letter and self._die.random() < 0.08
        spoken = slip(meant, self._die) if is_hasty else meant
        if edited is None and spoken != meant:
            edited = meant
        words = Words(
            text=spoken, language=card.language, topic=card.topic, intent=card.intent, at=at
        )
        return words, edited

    def _write_comment(self, account: Account, language: str, at: datetime | None) -> None:
        posts = [p for p in self._posts(account) if at is None or p.created_at < at]
        if not posts:
            return
        same = [p for p in posts if p.language == language]
        post = self._die.choice(same if same and self._die.random() < 0.8 else posts)
        card = self._card(account, language, post.topic)
        if card is not None:
            person = self._person(account, _speaker(card))
            words, edited = self._words(person, card, at)
            self._afterwards(self._hands.comment(account, post, person, words), card, edited)

    def _card(self, account: Account, language: str, topic: str | None) -> Card | None:
        card = self._deck.deal(account.sector, language, [self._intent()], topic)
        return card or self._deck.deal(account.sector, language, INTENTS, topic)

    def _write_mention(self, account: Account, language: str, at: datetime | None) -> None:
        card = self._card(account, language, None)
        if card is not None:
            person = self._person(account, _speaker(card))
            words, edited = self._words(person, card, at)
            self._afterwards(self._hands.mention(account, person, words), card, edited)

    def _write_message(self, account: Account, language: str, at: datetime | None) -> None:
        person = self._person(account, language)
        is_mail = account.network == "email"
        card = self._deck.deal(account.sector, language, ["letter" if is_mail else "dm"])
        if card is None:
            return
        words, _ = self._words(person, card, at)
        private = Words(text=words.text, language=words.language, at=words.at)
        self._hands.message(account, person, private)

    def _write_to_peer(self, account: Account, at: datetime | None) -> None:
        """Somebody answers somebody else's recent comment."""
        near = [i for i in self._world.latest(account, 40) if _is_answerable(i, at)]
        if not near:
            self._write_comment(account, self._language(account), at)
            return
        target = self._die.choice(near)
        about = _ABOUT.get(target.intent or "", target.intent)
        card = self._deck.deal("common", target.language, ["peer"], about)
        person = self._person(account, target.language)
        if card is None or person.id == target.author_id:
            self._write_comment(account, self._language(account), at)
            return
        words, _ = self._words(person, card, at)
        self._hands.comment(account, target, person, words)

    # Afterwards

    def _afterwards(self, item: Item, card: Card, edited: str | None) -> None:
        now, roll = self._world.now(), self._die.random()
        if item.network in _NEVER_CHANGED:
            return
        is_edited = edited is not None and roll < (0.75 if card.edited else 0.5)
        if is_edited and edited is not None:
            self._at(
                now + timedelta(seconds=self._die.uniform(40, 90)), self._editing(item, edited)
            )
        elif (card.intent == "spam" and roll < 0.3) or roll > 0.96:
            wait = timedelta(seconds=self._die.uniform(60, 240))
            self._at(now + wait, lambda _: self._world.delete(item))

    def _editing(self, item: Item, text: str) -> Callable[[datetime], None]:
        def edit(_: datetime) -> None:
            if not item.is_deleted:
                self._world.edit(item, text)

        return edit

    def on_change(self, change: Change) -> None:
        """A brand answered: its writer may say thanks, or that nothing is solved, a while later."""
        answer = change.item
        above = answer.answered_id or answer.parent_id
        if change.doing is not Doing.CREATED or not answer.is_own or above is None:
            return
        asked = self._world.item(answer.network, above)
        person = self._writer(asked) if asked else None
        if asked is None or person is None or not _is_told(person, answer):
            return
        if self._die.random() > 0.6:
            return
        times = self._answered.get(f"{asked.root_id}:{person.id}", 0)
        if times >= FOLLOW_UPS_AT_MOST:
            return
        self._answered[f"{asked.root_id}:{person.id}"] = times + 1
        wait = timedelta(seconds=self._die.uniform(12, 60))
        self._at(self._world.now() + wait, lambda _: self._follow_up(answer, person))

    def _writer(self, asked: Item) -> Person | None:
        """Whoever asked: known by id where the pen wrote it, else by the name they write under."""
        if asked.network in PENNED:
            return self._world.person(asked.author_id)
        everybody = self._everybody(asked.network)
        return next((one for one in everybody if one.name == asked.author_name), None)

    def _follow_up(self, answer: Item, person: Person) -> None:
        account = self._world.account(answer.network, answer.account_id)
        intent = "thanks" if self._die.random() < 0.65 else "unsolved"
        card = self._deck.deal("common", person.language, [intent])
        if account is None or card is None or answer.is_deleted:
            return
        words, _ = self._words(person, card, None)
        if answer.kind == "dm":
            private = Words(text=words.text, language=words.language)
            self._hands.message(account, person, private, parent=answer)
        else:
            self._hands.comment(account, answer, person, words)


def _speaker(card: Card) -> str:
    """Spam comes from accounts made for it, everything else from people of that language."""
    return "spam" if card.intent == "spam" else card.language


def _is_answerable(item: Item, at: datetime | None) -> bool:
    is_there = not item.is_own and not item.is_deleted and not item.is_hidden
    return is_there and item.kind == "comment" and (at is None or item.created_at < at)


def _is_told(person: Person, answer: Item) -> bool:
    """On Mastodon only who is named in an answer hears of it."""
    return answer.network != "mastodon" or person.id in answer.mentions
