"""The accurate tier is spent where doubt and stakes are greatest, and never more than there is."""

from services.classify.domain.spending import Bucket, chosen, worth

SURE = {
    "sentiment": {"neutral": 1.0, "negative": 0.0},
    "intent": {"other": 1.0, "question": 0.0},
    "urgency": {"0": 1.0, "1": 0.0},
}
TORN = {
    "sentiment": {"neutral": 0.5, "negative": 0.5},
    "intent": {"other": 0.5, "question": 0.5},
    "urgency": {"0": 0.5, "1": 0.5},
}
GRAVE = {**TORN, "urgency": {"0": 0.5, "3": 0.5}, "intent": {"other": 0.5, "complaint": 0.5}}


def test_a_full_bucket_gives_what_it_saved_and_then_what_flows_in() -> None:
    bucket = Bucket(per_s=10, most=30)
    assert bucket.take(100, now=5.0) == 30
    assert bucket.take(100, now=5.0) == 0
    assert bucket.take(100, now=6.0) == 10
    assert bucket.take(3, now=100.0) == 3
    assert bucket.take(100, now=100.0) == 27


def test_what_was_not_used_goes_back_but_never_over_the_rim() -> None:
    bucket = Bucket(per_s=1, most=5)
    assert bucket.take(5, now=0.0) == 5
    bucket.give_back(50)
    assert bucket.take(50, now=0.0) == 5


def test_nothing_flows_when_it_is_off_or_the_clock_goes_back() -> None:
    assert Bucket(per_s=0, most=0).take(9, now=1.0) == 0
    bucket = Bucket(per_s=10, most=10)
    assert bucket.take(10, now=9.0) == 10
    assert bucket.take(10, now=3.0) == 0


def test_doubt_and_stakes_make_a_message_worth_it() -> None:
    assert worth(SURE) == 0.0
    assert worth(TORN) < worth(GRAVE)


def test_the_worthiest_come_first_and_sure_ones_never() -> None:
    worths = [worth(SURE), worth(TORN), worth(GRAVE), worth(TORN)]
    assert chosen(worths, 4) == [2, 1, 3]
    assert chosen(worths, 1) == [2]
    assert chosen([], 5) == []
