"""Sealed secrets open only for the brand and thing they were sealed for, and weak keys are refused."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.crypto import Sealer, new_key
from runtime.errors import Invalid, Misconfigured

SEALER = Sealer.from_setting(new_key())


@given(st.text(max_size=200))
def test_what_is_sealed_opens_again(secret: str) -> None:
    try:
        secret.encode()
    except UnicodeEncodeError:
        return
    sealed = SEALER.seal(secret, brand_id="brd_1", about="con_1")
    assert SEALER.open(sealed, brand_id="brd_1", about="con_1") == secret
    if len(secret) > 3:
        assert secret not in sealed


@pytest.mark.parametrize(("brand", "about"), [("brd_2", "con_1"), ("brd_1", "con_2")])
def test_it_opens_for_nothing_else(brand: str, about: str) -> None:
    sealed = SEALER.seal("token", brand_id="brd_1", about="con_1")
    with pytest.raises(Invalid, match=r"seal\.broken"):
        SEALER.open(sealed, brand_id=brand, about=about)


def test_damage_and_unknown_keys_are_told_apart() -> None:
    sealed = SEALER.seal("token", brand_id="b", about="a")
    with pytest.raises(Invalid, match=r"seal\.broken"):
        SEALER.open(sealed[:-8] + "AAAAAAA=", brand_id="b", about="a")
    with pytest.raises(Invalid, match=r"seal\.unknown_key"):
        Sealer.from_setting(new_key()).open(sealed, brand_id="b", about="a")
    with pytest.raises(Invalid):
        SEALER.open("nonsense", brand_id="b", about="a")


def test_an_older_key_still_opens_while_a_newer_seals() -> None:
    old, new = new_key(), new_key()
    sealed = Sealer.from_setting(old).seal("token", brand_id="b", about="a")
    both = Sealer.from_setting(f"{new}, {old}")
    assert both.open(sealed, brand_id="b", about="a") == "token"
    assert both.seal("x", brand_id="b", about="a").split(".")[1] == new.split(":")[0]


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "k1:",
        "k1:change-me",
        "k1:" + b64encode(b"short").decode(),
        "k1:" + b64encode(b"\0" * 32).decode(),
        "k1:" + b64encode(b"abcdefgh" * 4).decode(),
        b64encode(bytes(range(32))).decode(),
    ],
)
def test_weak_or_malformed_keys_stop_the_start(setting: str) -> None:
    with pytest.raises(Misconfigured, match="SEAL_KEYS"):
        Sealer.from_setting(setting)


def test_no_key_is_shown() -> None:
    key = new_key()
    assert key.split(":")[1] not in repr(Sealer.from_setting(key))
