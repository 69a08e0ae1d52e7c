"""Only the holder of the private key signs, every known public key checks, and weak keys are refused."""

from base64 import b64encode

import pytest

from runtime.crypto import Signer, Stamp, Verifier, new_approval_key, new_key
from runtime.errors import Misconfigured

SIGNER = Signer.from_setting(new_approval_key())


def test_a_signature_holds_for_exactly_what_was_signed() -> None:
    verifier = Verifier.from_setting(SIGNER.public_key)
    signature = SIGNER.sign(b"yes")
    assert verifier.is_genuine(SIGNER.key_id, signature, b"yes")
    assert not verifier.is_genuine(SIGNER.key_id, signature, b"no")
    assert not verifier.is_genuine("other", signature, b"yes")
    assert not verifier.is_genuine(SIGNER.key_id, "%%%", b"yes")
    assert not verifier.is_genuine(SIGNER.key_id, "", b"yes")


def test_another_key_under_the_same_name_is_not_ours() -> None:
    forger = Signer.from_setting(f"{SIGNER.key_id}:{new_approval_key().partition(':')[2]}")
    verifier = Verifier.from_setting(SIGNER.public_key)
    assert not verifier.is_genuine(forger.key_id, forger.sign(b"yes"), b"yes")


def test_keys_can_be_changed() -> None:
    fresh = Signer.from_setting(new_approval_key())
    verifier = Verifier.from_setting(f"{fresh.public_key}, {SIGNER.public_key}")
    assert verifier.is_genuine(SIGNER.key_id, SIGNER.sign(b"x"), b"x")
    assert verifier.is_genuine(fresh.key_id, fresh.sign(b"x"), b"x")
    assert verifier.knows(fresh.key_id)


@pytest.mark.parametrize("text", ["", "a", "a:", "a:AAAA", f"a:{b64encode(b'x' * 32).decode()}"])
def test_weak_keys_are_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="doctor --new-approval-key"):
        Signer.from_setting(text)


@pytest.mark.parametrize("text", ["", " , ", "a:AAAA", ":AAAA"])
def test_malformed_public_keys_are_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="RESPOND_APPROVAL_KEYS"):
        Verifier.from_setting(text)


def test_a_stamp_is_recognised_by_who_has_the_seal_keys() -> None:
    key = new_key()
    old = Stamp.from_setting(key)
    mark = old.mark(b"hello")
    rotated = Stamp.from_setting(f"{new_key()},{key}")
    assert rotated.is_ours(old.key_id, mark, b"hello")
    assert not rotated.is_ours(old.key_id, mark, b"hullo")
    assert not Stamp.from_setting(new_key()).is_ours(old.key_id, mark, b"hello")


def test_no_key_shows_in_a_log() -> None:
    seed = new_approval_key()
    assert seed.partition(":")[2] not in repr(Signer.from_setting(seed))
    assert "Stamp(" in repr(Stamp.from_setting(new_key()))
