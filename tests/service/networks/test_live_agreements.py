"""What stand-ins and product must agree on, for the smaller networks: consent, signed webhooks, recorded forms, odd answers."""

import asyncio
import base64
import contextlib
import hashlib
import json
import re
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from html import unescape
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.responses import Response

from contracts.networks.table import rules
from runtime.clock import SystemClock
from runtime.errors import RapportError
from runtime.errors import Reauthorise as GrantRefused
from sandbox.models import Account as Played
from services.ingest.connectors.protocol import Account as Own
from services.ingest.connectors.protocol import Grant
from services.ingest.connectors.registry import normalisers
from services.ingest.doors import DOORS
from services.ingest.oauth import Client, Renewal, TokenDesk
from services.ingest.signatures import Call, is_valid
from services.respond.networks.protocol import (
    Absent,
    Account,
    Gone,
    Moderate,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Unknown,
)
from tests.service.networks.live import Stage, polled
from tests.service.sandbox.receiving import Receiver, serving, until
from tests.service.sandbox.shapes import differences

FIXTURES = Path(__file__).parents[2] / "unit" / "networks_other" / "fixtures"
SECRET = "app-secret"
IDS = {
    "threads": "99", "linkedin": "urn:li:organization:99999999", "tiktok": "act.example",
    "google_business": "accounts/111/locations/55", "discord": "1234567",
}  # fmt: skip
PATHS = {
    "threads": "/threads/v1.0", "linkedin": "/linkedin/rest", "tiktok": "/tiktok/open_api/v1.3",
    "google_business": "/google_business/v4", "discord": "/discord/api/v10",
}  # fmt: skip
CONSENTS = {
    "threads": ("threads", "/threads/oauth/authorize", "/threads/oauth/access_token"),
    "google_business": ("google", "/google_business/o/oauth2/v2/auth", "/google_business/token"),
    "linkedin": ("linkedin", "/linkedin/oauth/v2/authorization", "/linkedin/oauth/v2/accessToken"),
    "tiktok": (
        "tiktok", "/tiktok/v2/auth/authorize/", "/tiktok/open_api/v1.3/tt_user/oauth2/token/",
    ),
}  # fmt: skip
BODIES = (
    b"", b"<html>502</html>", b"[]", b"{", b"null", b'{"error":5}', b"\xff\xfe", b"[" * 9999,
    b'{"message":[],"code":{}}', b'{"data":5,"elements":5,"reviews":5,"code":0}', b'[5, {"id": {}}]',
)  # fmt: skip
TARGETS = {
    "threads": Target("1", "comment", root_id="2"),
    "linkedin": Target("urn:li:comment:(urn:li:activity:1,2)", "comment", root_id="urn:li:activity:1"),
    "tiktok": Target("1", "comment", root_id="2"),
    "google_business": Target("r1", "review", root_id="r1"),
    "discord": Target("1", "comment", root_id="2", author_id="3"),
}  # fmt: skip


def recorded(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text())


def stage_of(sandbox, network, **options):
    played = Played(
        network=network, id=IDS[network], brand="b", name="Brand", handle="brand",
        token=f"tok-{network}", options=options,
    )  # fmt: skip
    return Stage(sandbox, played, PATHS[network])


@pytest.mark.parametrize("network", CONSENTS)
async def test_a_consent_gives_tokens_that_read_and_are_renewed(sandbox, client, tools, network):
    stage = stage_of(sandbox, network)
    app, page, token_path = CONSENTS[network]
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    asked = {
        "response_type": "code", rules(network).connecting.oauth.client_id_name: "app",
        "redirect_uri": "https://r.example/back",
        "state": "s", "code_challenge": challenge.decode(), "code_challenge_method": "S256",
    }  # fmt: skip
    shown = await client.get(f"{sandbox.origin}{page}", params=asked)
    link = unescape(re.search(r"href='([^']+)'", shown.text)[1])
    back = await client.get(f"{sandbox.origin}{link}")
    told = parse_qs(urlsplit(back.headers["location"]).query)
    assert told["state"] == ["s"]
    desk = TokenDesk(client, client, SystemClock())
    # TikTok renews elsewhere than it gives.
    renewed = token_path.replace("/oauth2/token/", "/oauth2/refresh_token/")
    asker = Client(
        app, f"{sandbox.origin}{token_path}", "app", "secret", f"{sandbox.origin}{renewed}"
    )
    secrets = {
        "code": told["code"][0], "redirect_uri": asked["redirect_uri"], "code_verifier": verifier,
    }  # fmt: skip
    tokens = await desk.exchange(asker, secrets)
    assert tokens.expires_at > SystemClock().now()
    with pytest.raises(GrantRefused):
        await desk.exchange(asker, secrets)
    again = await desk.refresh(Renewal(asker, tokens.refresh_token))
    reader = import_module(f"services.ingest.connectors.{network}.connector").build(tools)
    assert (await reader.check(stage.grant(again.access_token))).account_id == IDS[network]


@dataclass
class Door(Receiver):
    """Keeps whole calls."""

    calls: list[Call] = field(default_factory=list)

    async def handle(self, request):
        now_s = SystemClock().now().timestamp()
        self.calls.append(Call(await request.body(), dict(request.headers), now_s))
        return Response(status_code=200)


@pytest.mark.parametrize(
    ("network", "name"),
    [("threads", "webhook_reply.json"), ("linkedin", "social_actions_batch.json"),
     ("tiktok", "comment_event.json")],
)  # fmt: skip
async def test_webhooks_are_signed_and_as_recorded(sandbox, network, name):
    door = Door()
    async with serving(door):
        stage = stage_of(sandbox, network, webhook_url=door.url, webhook_secret=SECRET)
        top = await stage.emit("comment", "First Reply")
        bodies = lambda: [json.loads(one.body) for one in door.calls]  # noqa: E731
        await until(lambda: any(top in json.dumps(one) for one in bodies()))
    assert all(is_valid(DOORS[network].scheme, one, SECRET) for one in door.calls)
    assert not any(is_valid(DOORS[network].scheme, one, "another") for one in door.calls)
    (ours,) = [one for one in bodies() if top in json.dumps(one)]
    theirs = recorded(f"{network}/{name}")
    if network == "linkedin":
        # What decorates the post is not played.
        theirs["notifications"][0].pop("decoratedSourcePost")
    assert differences(ours, theirs) == []
    if network == "tiktok":
        assert differences(json.loads(ours["content"]), json.loads(theirs["content"])) == []
    found = normalisers()[network](json.dumps(ours).encode(), Own())
    assert [item.external_id for item in found.items] == [top]
    assert found.items[0].account_id == IDS[network]


async def test_pages_and_frames_are_as_recorded(sandbox, tools):
    for network, kind in (
        ("threads", "comment"),
        ("google_business", "review"),
        ("discord", "comment"),
    ):
        stage = stage_of(sandbox, network, guild_id="900", channels="901")
        first = await stage.emit(kind, "First")
        await stage.emit("reply", "Second", id=first)
        grant = stage.grant(guild_id="900")
        reader = import_module(f"services.ingest.connectors.{network}.connector").build(tools)
        pages = [json.loads(page.raw) for page in await polled(reader, grant)]
        if network == "threads":
            (ours,) = [one["data"] for one in pages if "data" in one]
            known = recorded("threads/replies_page.json")["data"][0]
            # The product does not ask for what it has no use for.
            known.pop("media_product_type")
            assert differences(ours[0], known) == []
        elif network == "google_business":
            known = recorded("google_business/reviews_page.json")["reviews"][0]
            assert differences(pages[0]["reviews"][0], known) == []
        else:
            async with aclosing(reader.stream(grant)) as frames:
                await _until_open(sandbox, frames, stage)


async def _until_open(sandbox, frames, stage):
    waiting = asyncio.create_task(anext(frames))
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(10):
        while not (await client.get(f"{sandbox.origin}/discord/__gateway")).json()["open"]:
            await asyncio.sleep(0.01)
    await stage.emit("mention", "hello")
    frame = json.loads((await waiting).raw)
    assert differences(frame, recorded("discord/gateway_message_create.json")) == []


@pytest.mark.parametrize("network", TARGETS)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 410, 429, 500, 502])
async def test_odd_answers_never_raise(writing_tools, network, status):
    said = [b""]
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=said[0]))
    async with httpx.AsyncClient(transport=transport) as client:
        tools = replace(writing_tools, client=client)
        writer = import_module(f"services.respond.networks.{network}").build(tools)
        account = Account(IDS[network], "https://n.example", "t", {"guild_id": "900"})
        to = TARGETS[network]
        for said[0] in BODIES:
            outcome = await writer.publish(account, Publish(to, "Hi", "k"))
            assert not isinstance(outcome, Sent)
            if status == 200:
                assert isinstance(outcome, Unknown | Retry)
            if status >= 500:
                assert isinstance(outcome, Retry)
            if status == 401 and network != "threads":
                assert isinstance(outcome, Reauthorise)
            finding = await writer.find(account, Search(to, "Hi", SystemClock().now()))
            # A list without rows is one, wherever a list is what is asked for.
            assert not isinstance(finding, Absent | Gone) or status in (200, 404, 410)
            for act in ("hide", "unhide", "like", "unlike", "delete", "block"):
                assert await writer.moderate(account, Moderate(act, to, "k")) is not None


@pytest.mark.parametrize("network", TARGETS)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 429, 502])
async def test_odd_answers_are_calm_to_a_reader(tools, network, status):
    said = [b""]
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=said[0]))
    async with httpx.AsyncClient(transport=transport) as client:
        for said[0] in BODIES:
            meter = type(tools.meter)(SystemClock())
            connector = import_module(f"services.ingest.connectors.{network}.connector")
            reader = connector.build(replace(tools, client=client, meter=meter))
            grant = Grant("con_1", IDS[network], "https://n.example", "t", {"guild_id": "900"})
            for call in (reader.check(grant), polled(reader, grant), reader.context(grant, "1")):
                with contextlib.suppress(RapportError):
                    await call
