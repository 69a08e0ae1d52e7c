"""The invented people without a clock or a network: seeds, texts, follow-ups, edits, backlog."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sandbox import demo
from sandbox.app import build
from sandbox.models import Item
from sandbox.settings import Settings
from sandbox.traffic.day import Day, Plan
from sandbox.traffic.hands import PENNED
from sandbox.traffic.people import read_people
from sandbox.traffic.texts import INTENTS, read_cards
from sandbox.world import World
from sandbox.writing import Pen, Words

_ASKING = ("question", "complaint")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


def live(
    minutes: int, plan: Plan | None = None, backlog: int = 18
) -> tuple[World, Pen, Day, Clock]:
    clock = Clock()
    sandbox = build(Settings(is_demo=False, is_traffic_on=False), clock)
    world, pen = sandbox.world, sandbox.pen
    demo.plant(world, sandbox.hands)
    day = Day(world, pen, sandbox.hands, plan or Plan())
    world.listen(day.on_change)
    day.start(clock.at, backlog)
    pass_time(day, clock, minutes)
    return world, pen, day, clock


def pass_time(day: Day, clock: Clock, minutes: float) -> None:
    end = clock.at + timedelta(minutes=minutes)
    while True:
        due = day.advance(clock.at)
        if due is None or due > end:
            clock.at = end
            return
        clock.at = due


def visitors(world: World) -> list[Item]:
    return [i for i in world.items() if not i.is_own]


def test_there_are_enough_texts_and_all_differ() -> None:
    cards = [c for s in ("home", "coffee", "bikes", "common") for c in read_cards(s)]
    assert len({c.text for c in cards}) == len(cards) >= 260
    assert {c.language for c in cards} == {"es", "pt", "en", "de", "fr", "it"}
    assert {c.intent for c in cards} == {*INTENTS, "dm", "letter", "thanks", "unsolved", "peer"}


def test_people_are_distinct() -> None:
    for network in ("facebook", "mastodon"):
        people = read_people(network)
        assert len({p.id for p in people}) == len({p.handle for p in people}) == len(people) >= 80


def test_the_backlog_is_there_within_seconds_and_hours_old() -> None:
    world, _, _, _ = live(minutes=0, backlog=18)
    assert len(visitors(world)) == 1
    world, _, _, clock = live(minutes=1)
    old = [i for i in visitors(world) if clock.at - i.created_at > timedelta(minutes=4)]
    assert 15 <= len(old) <= 18
    assert max(clock.at - i.created_at for i in old) > timedelta(hours=2)


def test_the_pace_is_as_planned_and_lively() -> None:
    world, _, _, _ = live(minutes=60, backlog=0)
    written = visitors(world)
    assert 700 < len(written) < 1050
    assert {"es", "pt", "en", "de", "fr", "it"} == {i.language for i in written}
    assert {"comment", "mention", "dm"} == {i.kind for i in written}
    kinds = Counter(i.intent for i in written)
    assert kinds["question"] > kinds["irony"] > 0
    assert kinds["spam"] > 0
    assert any(i.edited_at for i in written)
    assert any(i.is_deleted for i in written)
    assert any(i.parent_id and i.parent_id != i.root_id for i in written)
    assert not any("{" in i.text for i in written)


def test_comments_are_about_their_post() -> None:
    world, _, _, _ = live(minutes=60, backlog=0)
    for item in visitors(world):
        post = world.item(item.network, item.root_id)
        # Private messages hang on no post; a mention on Instagram below one that nobody here has.
        assert post is not None or item.kind in ("dm", "mention")
        if post and item.parent_id == item.root_id and item.kind == "comment" and post.is_own:
            assert item.topic == post.topic


def test_no_text_repeats_soon() -> None:
    world, _, _, _ = live(minutes=4)
    written = [i.text.lower()[5:40] for i in visitors(world) if i.intent != "peer"]
    assert max(Counter(written).values()) <= 2
    assert len(set(written)) > 0.9 * len(written)


def test_the_same_seed_writes_the_same() -> None:
    one, two = (visitors(live(minutes=10)[0]) for _ in range(2))
    assert [(i.text, i.author_name, i.created_at) for i in one] == [
        (i.text, i.author_name, i.created_at) for i in two
    ]
    other = visitors(live(minutes=10, plan=Plan(seed=99))[0])
    assert [i.text for i in one] != [i.text for i in other]


def test_people_come_back_after_an_answer() -> None:
    world, pen, day, clock = live(minutes=9)
    asked = [i for i in visitors(world) if i.network in PENNED and i.intent in _ASKING][:20]
    for item in asked:
        account = world.account(item.network, item.account_id)
        assert account is not None
        words = Words(text="On it.", language=item.language, mentions=(item.author_id,))
        pen.answer(account, item, words)
    pass_time(day, clock, 2)
    back = Counter(i.intent for i in visitors(world) if i.intent in ("thanks", "unsolved"))
    assert back["thanks"] >= 3
    assert back["unsolved"] >= 1
