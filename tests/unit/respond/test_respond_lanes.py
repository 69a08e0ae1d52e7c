"""Who may begin a call: room for all, for one account, for one brand."""

from services.respond.lanes import Lanes, Room


def test_one_brand_leaves_room_for_the_next() -> None:
    lanes = Lanes(Room(at_once=8, per_connection=4))
    begun = sum(lanes.enter(f"a{n}", "A", f"c{n % 5}", level=6) for n in range(20))
    assert (begun, lanes.free) == (6, 2)
    assert lanes.enter("b1", "B", "d1", level=1)
    assert lanes.free == 1


def test_brands_with_the_fewest_calls_come_first() -> None:
    lanes = Lanes(Room(at_once=8, per_connection=8))
    assert lanes.levels() == [1, 2, 4, 6]
    assert lanes.enter("a1", "A", "c1", level=1)
    assert not lanes.enter("a2", "A", "c1", level=1)
    assert lanes.brands_below(1, {"A", "B"}) == {"B"}
    assert lanes.brands_below(2, {"A", "B"}) == {"A", "B"}
    assert lanes.enter("a2", "A", "c1", level=2)


def test_answers_and_acts_share_an_accounts_lane() -> None:
    lanes = Lanes(Room(at_once=8, per_connection=2))
    assert lanes.enter("rpl_1", "A", "c1", level=6)
    assert not lanes.enter("rpl_1", "A", "c1", level=6)
    assert lanes.enter("mod_1", "A", "c1", level=6)
    assert lanes.full() == ["c1"]
    assert not lanes.enter("rpl_2", "A", "c1", level=6)
    lanes.leave("mod_1")
    assert lanes.enter("rpl_2", "A", "c1", level=6)


def test_the_smallest_room_still_lets_one_in() -> None:
    lanes = Lanes(Room(at_once=1, per_connection=1))
    assert lanes.levels() == [1]
    assert lanes.enter("a", "A", "c", level=1)
