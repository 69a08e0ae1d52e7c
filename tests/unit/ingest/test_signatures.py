"""Every scheme: the recorded cases, and the ways a call can be wrong."""

import hashlib
import hmac
import json
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from network_payloads import recorded

from cli.commands.verify import check
from services.ingest.signatures import SCHEMES, Call, is_valid

VECTORS = json.loads(recorded("signatures", "vectors.json"))
SIGNED = [case for case in VECTORS["cases"] if "valid" in case]
HANDSHAKES = [case for case in VECTORS["cases"] if "expect" in case]
GOOD = {case["scheme"]: case for case in SIGNED if case["valid"]}


def told(cases):
    return [f"{case['scheme']}: {case['description']}" for case in cases]


@pytest.mark.parametrize("case", SIGNED, ids=told(SIGNED))
def test_recorded_calls(case):
    answer = check(case)
    assert case["valid"] is None or answer == {"valid": case["valid"]}


def test_the_public_vector_of_standard_webhooks():
    assert check(VECTORS["public_known_vector"]) == {"valid": True}


@pytest.mark.parametrize("case", HANDSHAKES, ids=told(HANDSHAKES))
def test_recorded_handshakes(case):
    expect, answer = dict(case["expect"]), check(case)
    status, prefix = expect.pop("status", None), expect.pop("content_type_prefix", "")
    assert status is None or answer["status"] in (status if isinstance(status, list) else [status])
    assert answer.get("content_type", "").startswith(prefix)
    assert expect.items() <= answer.items()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_has_a_good_case(scheme):
    assert scheme in GOOD


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_header_names_in_any_case(case):
    for change in (str.upper, str.lower, str.title):
        headers = {change(name): value for name, value in case["headers"].items()}
        assert check({**case, "headers": headers}) == {"valid": True}


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_each_header_is_needed(case):
    for name in case["headers"]:
        for value in (None, "", "ä", "\ud800", ["x"], 7, "v1,", "t=,s="):
            assert check({**case, "headers": {**case["headers"], name: value}}) == {"valid": False}
        rest = {key: value for key, value in case["headers"].items() if key != name}
        assert check({**case, "headers": rest}) == {"valid": False}


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("secret", ["", [], [""], None, "whsec_", "whsec_*", "ä", "\ud800", 7])
def test_an_empty_or_odd_secret_signs_nothing(case, secret):
    name = "public_key" if "public_key" in case else "secret"
    assert check({**case, name: secret}) == {"valid": False}


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_rotation(case):
    name = "public_key" if "public_key" in case else "secret"
    both = ["other", "", *([case[name]] if isinstance(case[name], str) else case[name])]
    assert check({**case, name: both}) == {"valid": True}


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_a_changed_body_is_refused(case):
    if case["scheme"] != "telegram-secret-token":
        assert check({**case, "body_base64": "YWI="}) == {"valid": False}


STAMPED = ["standard-webhooks", "slack-v0", "tiktok", "discord-ed25519"]


@pytest.mark.parametrize("scheme", STAMPED)
@pytest.mark.parametrize(("age", "expected"), [(0, True), (300, True), (-300, True)])
def test_within_five_minutes(scheme, age, expected):
    assert check({**GOOD[scheme], "now": 1753800000 + age}) == {"valid": expected}


@pytest.mark.parametrize("scheme", STAMPED)
@pytest.mark.parametrize("age", [301, -301, 10**9])
def test_too_old_or_from_the_future(scheme, age):
    assert check({**GOOD[scheme], "now": 1753800000 + age}) == {"valid": False}


def test_one_header_twice_with_two_values_is_no_header():
    body, name = b"{}", "X-Hub-Signature-256"
    good = "sha256=" + hmac.digest(b"s", body, hashlib.sha256).hex()
    assert is_valid("x-hub-signature-256", Call(body, {name: good}, 0.0), "s")
    both = {name: good, name.lower(): "sha256=00"}
    assert not is_valid("x-hub-signature-256", Call(body, both, 0.0), "s")


def test_standard_webhooks_with_a_public_key():
    key = Ed25519PrivateKey.generate()
    signature = b64encode(key.sign(b"msg_1.1753800000.{}")).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1753800000",
        "webhook-signature": f"v1,{signature} v1a,{signature}",
    }
    secret = "whpk_" + b64encode(key.public_key().public_bytes_raw()).decode()
    call = Call(b"{}", headers, 1753800000)
    assert is_valid("standard-webhooks", call, secret)
    assert not is_valid("standard-webhooks", call, "whsec_" + secret.removeprefix("whpk_"))
    assert not is_valid("standard-webhooks", Call(b"{ }", headers, 1753800000), secret)


@given(
    scheme=st.sampled_from(sorted(SCHEMES)),
    values=st.lists(st.text(), min_size=3, max_size=3),
    secret=st.text(),
    body=st.binary(),
)
def test_never_raises_and_never_accepts_noise(scheme, values, secret, body):
    headers = dict(zip(GOOD[scheme]["headers"], values, strict=False))
    if scheme != "telegram-secret-token":
        assert not is_valid(scheme, Call(body, headers, None), secret)
