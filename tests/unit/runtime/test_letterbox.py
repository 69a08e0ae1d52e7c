"""A letter opens for the letterbox only, for its brand and thing only, and writing needs no secret."""

import pytest

from runtime.crypto import Letterbox, Sealer, new_key, seal_to
from runtime.errors import Invalid, Misconfigured

KEYS = new_key()
BOX = Letterbox.from_setting(KEYS)


def test_a_letter_opens_in_its_letterbox() -> None:
    sealed = seal_to(BOX.public_key, "täken-1", brand_id="brd_1", about="req_1")
    assert BOX.open(sealed, brand_id="brd_1", about="req_1") == "täken-1"
    assert "ken-1" not in sealed


def test_two_letters_of_one_text_differ() -> None:
    made = {seal_to(BOX.public_key, "t", brand_id="b", about="a") for _ in range(3)}
    assert len(made) == 3


@pytest.mark.parametrize(("brand", "about"), [("brd_2", "req_1"), ("brd_1", "req_2")])
def test_it_opens_for_nothing_else(brand: str, about: str) -> None:
    sealed = seal_to(BOX.public_key, "token", brand_id="brd_1", about="req_1")
    with pytest.raises(Invalid, match=r"seal\.broken"):
        BOX.open(sealed, brand_id=brand, about=about)


@pytest.mark.parametrize("damaged", ["", "h1", "h1.k.", "nonsense", "v1.k.AAAA", "h1..é"])
def test_what_is_no_letter_is_refused(damaged: str) -> None:
    with pytest.raises(Invalid):
        BOX.open(damaged, brand_id="b", about="a")


@pytest.mark.parametrize("rest", ["", "AAAA", "é", "A"])
def test_a_damaged_letter_is_refused(rest: str) -> None:
    key_id = KEYS.split(":")[0]
    with pytest.raises(Invalid, match=r"seal\.broken"):
        BOX.open(f"h1.{key_id}.{rest}", brand_id="b", about="a")


def test_the_public_key_is_the_same_at_every_start_and_is_no_seal_key() -> None:
    again = Letterbox.from_setting(KEYS)
    assert again.public_key == BOX.public_key
    assert Letterbox.from_setting(new_key()).public_key != BOX.public_key
    with pytest.raises(Invalid):
        sealed = seal_to(BOX.public_key, "token", brand_id="b", about="a")
        Sealer.from_setting(KEYS).open(sealed, brand_id="b", about="a")


def test_older_keys_still_open() -> None:
    sealed = seal_to(BOX.public_key, "token", brand_id="b", about="a")
    both = Letterbox.from_setting(f"{new_key()},{KEYS}")
    assert both.public_key != BOX.public_key
    assert both.open(sealed, brand_id="b", about="a") == "token"


@pytest.mark.parametrize("key", ["", "k1", "k1:", "k1:AAAA", "k1:é", "change-me"])
def test_a_bad_public_key_says_where_to_get_one(key: str) -> None:
    with pytest.raises(Misconfigured, match="connect-key"):
        seal_to(key, "token", brand_id="b", about="a")


def test_no_key_is_shown() -> None:
    assert KEYS.split(":")[1] not in repr(BOX)
