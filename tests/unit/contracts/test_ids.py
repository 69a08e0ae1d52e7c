"""Derived ids: the standard's uuid5, the same for the same key, apart for every other."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from contracts import ids

SPACE = UUID("6f1f2f5e-6a2b-5d0c-9d5e-5a0f7b1c9e11")
WELL_FORMED = st.text(st.characters(codec="utf-8"))


@given(st.lists(WELL_FORMED, min_size=1, max_size=4))
def test_it_is_uuid5_of_the_joined_key(key: list[str]) -> None:
    natural = "\x1f".join(("msg", *key))
    assert ids.derive("msg", *key) == f"msg_{uuid5(SPACE, natural).hex}"


def test_ids_of_different_things_differ() -> None:
    found = {
        ids.message_id("brd_1", "facebook", "1", "2"),
        ids.message_id("brd_2", "facebook", "1", "2"),
        ids.message_id("brd_1", "mastodon", "1", "2"),
        ids.thread_id("brd_1", "facebook", "1", "2"),
        ids.message_id("brd_1", "facebook", "12", ""),
        ids.reply_id("msg_1", 0),
        ids.reply_id("msg_1", 1),
        ids.random_id("key"),
        ids.random_id("key"),
    }
    assert len(found) == 9
