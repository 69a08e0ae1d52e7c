"""How an account does, in words; what a connect form holds; how a message may be answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.connections import Quota
from contracts.networks.table import NETWORKS, rules
from services.gateway.domain import networks
from services.gateway.domain.account_views import AccountView, HealthView
from services.gateway.domain.accounts import needs_person
from services.gateway.domain.forms import filled, server_of
from services.gateway.web import accounts, lengths

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
WELL = HealthView(is_reading=True, measured_at=NOW, last_item_at=NOW)
ACCOUNT = AccountView("con_1", "facebook", "Casa", None, "active", None, "brd_1", "", None, WELL)


def told(account: AccountView) -> dict[str, tuple[str, str]]:
    return {one.name: (one.text, one.tone) for one in accounts.facts(account, NOW)}


def test_figures_are_plain_and_mark_what_is_short() -> None:
    quota = Quota(remaining=12, limit=2000, resets_at=NOW + timedelta(minutes=40))
    health = replace(WELL, lag_s=1260, quota=quota, gaps_found=2, gaps_filled=1, gap_items=1)
    account = replace(ACCOUNT, health=health, token_expires_at=NOW + timedelta(days=3))
    assert told(account) == {
        "Newest item": ("", ""),
        "Delay": ("21 min", "amber"),
        "Calls left": ("12 of 2,000, new in 40 min", "amber"),
        "Access": ("3 d left", "amber"),
        "Gaps": ("1 of 2 filled, 1 item found there", "amber"),
    }
    ended = replace(ACCOUNT, token_expires_at=NOW)
    assert told(ended)["Access"] == ("Ended", "red")
    assert told(replace(ACCOUNT, health=None)) == {"Newest item": ("None yet", "")}


@pytest.mark.parametrize(
    ("state", "trouble", "word", "is_needy"),
    [
        ("active", None, "Working", False),
        ("active", "token.expiring", "In trouble", True),
        ("paused", None, "Paused", False),
        ("needs_reauthorisation", "token.refused", "Connect again", True),
        ("removed", None, "Removed", False),
    ],
)
def test_an_account_says_how_it_does(
    state: str, trouble: str | None, word: str, is_needy: bool
) -> None:
    account = replace(ACCOUNT, state=state, health=replace(WELL, trouble=trouble))
    assert accounts.standing(account).word == word
    assert needs_person(account) is is_needy
    assert bool(accounts.standing(account).advice) is (state != "active" or bool(trouble)) or (
        state == "removed"
    )


@pytest.mark.parametrize(
    ("typed", "server"),
    [
        ("social.example", "https://social.example"),
        (" https://social.example/@casa ", "https://social.example"),
        ("http://127.0.0.1:8900/mastodon/", "http://127.0.0.1:8900/mastodon"),
        ("javascript:alert(1)", None),
        ("https://a@social.example", None),
        ("https://social.example:99999", None),
        ("no server", None),
        ("", None),
    ],
)
def test_a_server_is_read_as_people_type_it(typed: str, server: str | None) -> None:
    assert server_of(typed) == server


@pytest.mark.parametrize("network", NETWORKS)
def test_every_form_can_be_filled_in_and_keeps_secrets_apart(network: str) -> None:
    fields = rules(network).connecting.fields
    kinds = {"url": "https://one.example", "number": "993", "secret": "s3cret", "text": "text"}
    form = filled(rules(network).connecting, {one.name: kinds[one.kind] for one in fields})
    assert form.problems == {}
    assert "s3cret" not in form.options.values()
    assert set(form.secrets) == {one.name for one in fields if one.kind == "secret"}


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_can_be_counted_and_moderated(network: str) -> None:
    assert lengths.counted("Hello", network, "comment").fits
    known = rules(network)
    assert set(networks.acts_for(network, "comment", is_own=False)) == known.acts - known.own_only
    assert networks.acts_for(network, "comment", is_own=True) == []
    assert "hide" not in networks.acts_for(network, "dm", is_own=False)


def test_a_network_that_is_new_to_us_is_handled_with_care() -> None:
    assert networks.rules_of("brand_new").title == "Brand New"
    assert not lengths.counted("x" * 1001, "brand_new", None).fits
