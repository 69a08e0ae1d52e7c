"""The commands about accounts, over a running ingest and gateway that ask the sandbox's networks."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from cli import wishes
from cli.moments import moment_of
from cli.stack.ports import free_port
from runtime.admin import Admin
from runtime.crypto import Sealer, new_approval_key
from runtime.settings import BusSettings
from sandbox.app import Sandbox
from sandbox.models import Account
from sandbox.server import running as sandbox_running
from sandbox.settings import Settings as SandboxSettings
from sandbox.writing import Words
from services.gateway.app import build as build_gateway
from services.gateway.settings import GatewaySettings
from services.ingest.app import build as build_ingest
from services.ingest.settings import Settings
from tests.service.command_line import Rapport, answer, rest
from tests.service.ingest_world import running

TOKEN, PASSWORD = "EAAB-secret-token-42", "abcd EFGH ijkl MNOP"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Live(Rapport):
    """The command line of a Rapport whose ingest and gateway run in a thread of their own."""

    def __init__(self, url: str, prefix: str, bus: BusSettings) -> None:
        super().__init__(url, prefix)
        self._bus = bus
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self.sandbox: Sandbox | None = None

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(60)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(60)
        self._loop.close()
        self.client.close()

    async def _run(self) -> None:
        common: Any = {"bus": self._bus, "mongo": self.settings}
        ingest = Settings(
            seal_keys=self.env["SEAL_KEYS"], ingest_http_port=free_port(),
            net_is_loopback_allowed=True, **common,
        )  # fmt: skip
        key = SecretStr(new_approval_key())
        gateway = GatewaySettings(gateway_http_port=free_port(), gateway_approval_key=key, **common)
        sandbox = SandboxSettings(port=0, is_demo=False, is_traffic_on=False)
        async with (
            sandbox_running(sandbox) as self.sandbox,
            running(await build_ingest(ingest)),
            running(await build_gateway(gateway)),
        ):
            self._ready.set()
            await self._over.wait()

    def at(self, path: str) -> str:
        assert self.sandbox is not None
        return f"{self.sandbox.origin}/{path}"

    def put(self, network: str, account_id: str, token: str = "", **more: Any) -> Account:
        """Have an account at the stand-in."""
        assert self.sandbox is not None
        told = {"name": "Casa", "handle": f"casa{account_id}", "brand": "b", **more}
        token = token or f"{TOKEN}-{account_id}"
        account = Account(network=network, id=account_id, token=token, **told)
        self.sandbox.world.put_account(account)
        return account

    def connect(self, account_id: str, token: str = "", *more: str, code: int = 0) -> str:
        self.put("mastodon", account_id)
        words = ("connections", "add", "mastodon", "--brand", "Casa Verde", "--token-stdin")
        address = ("--field", f"base_url={self.at('mastodon')}")
        return self(
            *words, *address, *more, told=f"{token or TOKEN + '-' + account_id}\n", code=code
        )

    def row(self, account_id: str) -> dict[str, Any]:
        (found,) = (one for one in self.json("connections") if one["account"] == account_id)
        return dict(found)


@pytest.fixture(scope="module")
def live(mongo_url: str, bus_url: str, bus_kind: str) -> Iterator[Live]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    bus = BusSettings(
        url=bus_url, topic_prefix=f"{name.replace('_', '-')}-", is_idempotent=bus_kind == "apache",
        session_timeout_ms=6_000, rebalance_timeout_ms=2_000, heartbeat_ms=500,
    )  # fmt: skip
    with Admin(bus) as admin:
        admin.ensure_topics()
    made = Live(mongo_url, f"{name}_", bus)
    made.start()
    made.add_brand()
    yield made
    said, keys = made.said, made.env["SEAL_KEYS"].partition(":")[2]
    databases = [one for one in made.client.list_database_names() if one.startswith(name)]
    for one in databases:
        made.client.drop_database(one)
    made.stop()
    for secret in (TOKEN, PASSWORD, keys):
        assert secret not in said


@pytest.fixture
def alone(
    mongo_url: str, database_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rapport]:
    """Databases without any service."""
    monkeypatch.setattr(wishes, "TAKEN_WITHIN_S", 0.5)
    made = Rapport(mongo_url, f"{database_prefix}_")
    made.add_brand()
    yield made
    made.client.close()


def test_the_network_is_asked_whose_the_token_is(live: Live) -> None:
    said = live.connect("2001")
    assert "Casa (mastodon, con_" in said
    assert "is connected for Casa Verde." in said
    (one,) = (one for one in live.all("ingest", "connections") if one["account_id"] == "2001")
    assert (one["handle"], one["state"], one["revision"]) == ("casa2001", "active", 1)
    sealer = Sealer.from_setting(live.env["SEAL_KEYS"])
    opened = sealer.open(one["sealed_token"], brand_id=one["brand_id"], about=one["_id"])
    assert opened == f"{TOKEN}-2001"
    for service, kept in (("ingest", "connections"), ("ingest", "requests"), ("gateway", "audit")):
        assert TOKEN not in json.dumps(live.all(service, kept), default=str)
    assert "account.connect" in live.trail()


def test_what_the_network_refuses_is_said_with_its_advice(live: Live) -> None:
    said = live.connect("2002", "another-token", code=1)
    assert said.startswith("Refused: ")
    assert "Mastodon does not accept" in said
    assert "2002" not in [one["account_id"] for one in live.all("ingest", "connections")]


def test_adding_an_account_again_gives_it_the_new_token(live: Live) -> None:
    live.connect("2003", "", "--name", "House")
    assert live.row("2003")["name"] == "House"
    live.put("mastodon", "2003", "another-token")
    words = ("connections", "add", "mastodon", "--brand", "Casa Verde", "--token-stdin")
    live(*words, "--base-url", live.at("mastodon"), told="another-token\n")
    (one,) = (one for one in live.all("ingest", "connections") if one["account_id"] == "2003")
    assert one["revision"] >= 2


def test_an_account_is_paused_resumed_checked_and_removed(live: Live) -> None:
    live.connect("2004")
    assert "is paused from now on" in live("connections", "pause", "@casa2004")
    assert "is paused already" in live.fails("connections", "pause", "casa2004")
    row = live.row("2004")
    assert (row["state"], row["trouble"], row["is_reading"]) == ("paused", "account.paused", False)
    assert "Resume or reconnect" in live("connections", "check", row["id"], code=1)
    assert "is read and answered again" in live("connections", "resume", row["id"])
    assert "is fine" in live("connections", "check", "mastodon:casa2004")
    assert "its token is forgotten" in live("connections", "remove", "casa2004", "--yes")
    (one,) = (one for one in live.all("ingest", "connections") if one["_id"] == row["id"])
    assert (one["state"], one["sealed_token"]) == ("removed", None)
    assert "no account 'casa2004'" in live.fails("connections", "resume", "casa2004")
    assert "no token that works" in live.fails("connections", "resume", row["id"])
    assert live.json("connections")[-1]["state"] == "removed"


def test_an_account_that_lost_its_grant_needs_a_token_to_go_on(live: Live) -> None:
    live.connect("2005")
    live.put("mastodon", "2005", is_token_revoked=True)
    assert "Mastodon" in live("connections", "check", "casa2005", code=1)
    assert live.row("2005")["state"] == "needs_reauthorisation"
    assert live.json("connections")[0]["trouble"] == "token.refused"
    assert "Reconnect the account" in live("connections")
    assert "has no token that works" in live.fails("connections", "resume", "casa2005")
    live.connect("2005")
    assert (live.row("2005")["state"], live.row("2005")["trouble"]) == ("active", None)


def test_accounts_are_listed_with_their_health(live: Live) -> None:
    live.connect("2006")
    row = live.row("2006")
    assert live.json("connections", "list")
    health = live.client[f"{live.settings.database_prefix}ingest"].health
    known = {
        "last_item_at": NOW, "last_read_at": datetime.now(UTC), "lag_s": 1.5, "gaps_found": 2,
        "gaps_filled": 1, "gap_items": 7, "quota": {"remaining": 17, "limit": 300, "resets_at": NOW},
        "backfill_since": NOW,
    }  # fmt: skip
    (one,) = (one for one in live.all("ingest", "connections") if one["_id"] == row["id"])
    where = {"_id": row["id"], "brand_id": one["brand_id"]}
    health.update_one(where, {"$set": known}, upsert=True)
    told = live.row("2006")
    assert told["last_item_at"] == told["backfill_since"] == NOW.isoformat()
    assert told["quota"]["remaining"] == 17
    assert (told["gaps_found"], told["gaps_filled"], told["gap_items"]) == (2, 1, 7)
    table = live("connections")
    assert "17/300" in table
    assert "1/2 filled, 7 items" in table
    assert "read again since 2026-11-22 12:00 UTC" in table


def test_an_account_is_read_again_from_a_moment(live: Live) -> None:
    account = live.put("facebook", "3001")
    words = ("connections", "add", "facebook", "--brand", "Casa Verde", "--token-stdin")
    live(*words, "--base-url", live.at("graph"), told=f"{account.token}\n")
    assert live.sandbox is not None
    pen, world = live.sandbox.pen, live.sandbox.world
    at = datetime.now(UTC) - timedelta(hours=1)
    post = pen.post(account, Words(text="News", at=at - timedelta(hours=2)), is_news=False)
    people = [pen_person(number) for number in range(3)]
    for person in people:
        world.put_person(person)
        pen.comment(account, post, person, Words(text=f"Hello from {person.name}", at=at))
    said = live("backfill", "facebook:casa3001", "--since", "5h")
    assert "is read again since" in said
    assert "3 of them marked as late" in said
    again = live("backfill", "facebook:casa3001", "--since", "5h")
    assert "Done: 0 items found that were missing" in again
    assert live("backfill", "facebook:casa3001", "--since", "1d", "--no-wait").count("\n") == 1


def pen_person(number: int) -> Any:
    from sandbox.models import Person

    return Person(id=str(2450000 + number), name=f"P{number}", handle=f"p{number}", language="en")


def test_a_form_is_asked_for_at_a_terminal(live: Live) -> None:
    live.put("wordpress", "site", PASSWORD.replace(" ", ""), handle="ana")
    there, here = pty.openpty()
    command = [
        sys.executable, "-m", "cli.main", "connections", "add", "wordpress", "--brand", "Casa Verde",
    ]  # fmt: skip
    child = subprocess.Popen(
        command, env={**os.environ, **live.env}, stdin=here, stdout=here, stderr=here,
        start_new_session=True,
    )  # fmt: skip
    os.close(here)
    said = answer(there, b"Site (", live.at("wordpress/site").encode() + b"\n")
    said += answer(there, b"User name (", b"ana\n")
    said += answer(there, b"Application password", PASSWORD.encode() + b"\n")
    said += rest(there)
    assert child.wait(60) == 0, said
    assert b"1. Sign in to the site as a user who may moderate comments" in said
    assert PASSWORD.encode() not in said
    assert b"is connected for Casa Verde." in said


@pytest.mark.parametrize(
    ("words", "told", "complaint"),
    [
        (["myspace"], TOKEN, "There is no network 'myspace'. There are: facebook, messenger"),
        (["mastodon"], TOKEN, "Server is missing. The address of your server"),
        (["mastodon", "--base-url", "x y"], TOKEN, "is no web address"),
        (["mastodon", "--base-url", "https://me:pw@social.example"], TOKEN, "no web address"),
        (["mastodon", "--field", "token=abc"], TOKEN, "a secret is no argument"),
        (["mastodon", "--field", "colour=red"], TOKEN, "There is no field colour"),
        (["mastodon", "--field", "colour"], TOKEN, "must be name=value"),
        (["email", "--field", "imap_port=abc"], TOKEN, "IMAP port must be a number"),
        (["facebook", "--brand", "Mar"], TOKEN, "There is no brand 'Mar'"),
        (["facebook"], "two words", "This is no access token"),
        (["facebook"], "", "held no token"),
    ],
)
def test_wrong_input_about_accounts_asks_for_nothing(
    alone: Rapport, words: list[str], told: str, complaint: str
) -> None:
    usual = ("--brand", "Casa Verde", "--token-stdin")
    said = alone.fails("connections", "add", *usual, *words, told=f"{told}\n")
    assert complaint in said
    assert alone.all("gateway", "requests") == []


def test_a_network_with_a_consent_page_only_says_where_it_is(alone: Rapport) -> None:
    alone.env["PUBLIC_URL"] = "https://inbox.example"
    said = alone.fails("connections", "add", "youtube", "--brand", "Casa Verde")
    assert "open https://inbox.example/connect/youtube" in said
    assert "--token-stdin" in said


def test_no_token_is_taken_without_keys_to_seal_it(alone: Rapport) -> None:
    alone.env["SEAL_KEYS"] = ""
    words = ("connections", "add", "facebook", "--brand", "Casa Verde", "--token-stdin")
    assert "rapport doctor --new-seal-key" in alone.fails(*words, told=f"{TOKEN}\n")


def test_without_services_it_says_who_is_missing(alone: Rapport) -> None:
    assert "No account yet" in alone("connections")
    words = ("connections", "add", "facebook", "--brand", "Casa Verde", "--token-stdin")
    said = alone(*words, told=f"{TOKEN}\n", code=1)
    assert "The gateway does not take it up: is it running?" in said
    requests = alone.client[f"{alone.settings.database_prefix}gateway"].requests
    requests.update_many({}, {"$set": {"outbox": []}})
    assert TOKEN not in json.dumps(alone.all("gateway", "requests"), default=str)
    assert "There is no account 'con_0'" in alone.fails("backfill", "con_0", "--since", "2h")


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2h", NOW - timedelta(hours=2)),
        ("3d", NOW - timedelta(days=3)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T08:30", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("2026-11-20T08:30+02:00", datetime(2026, 11, 20, 6, 30, tzinfo=UTC)),
    ],
)
def test_moments_are_read_as_they_are_typed(told: str, moment: datetime) -> None:
    assert moment_of(told, NOW) == moment


@pytest.mark.parametrize("told", ["yesterday", "", "2h3", "2027-01-01", "999999w", "-2h"])
def test_what_is_no_past_moment_is_refused(alone: Rapport, told: str) -> None:
    assert "--since" in alone.fails("backfill", "con_0", f"--since={told}")
