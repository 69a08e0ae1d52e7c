"""The gateway's world served on a port, with people who sign in and messages to answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from playwright.async_api import Page

from contracts.messages import Head, Labels, MessageReceived, Reason
from contracts.replies import Draft, Source
from runtime.web import HttpServer
from services.gateway.auth import COOKIE
from tests.service.gateway.gateway_world import (
    World,
    classified,
    drafted,
    message,
    settings_for,
)

ANA, BEN, EVA = "ana@north.test", "ben@north.test", "eva@north.test"
LONG = "Nobody answers the phone and the table was gone. " * 220
HOSTILE = {
    "script": "<script>window.__hostile=1</script><img src=x onerror='window.__hostile=1'>",
    "attributes": "\" onmouseover=\"window.__hostile=1\" ' onfocus='window.__hostile=1' autofocus x=",
    "template": "{{ 7*7 }} {% for x in y %} ${window.__hostile=1} #{1}",
    "link": "javascript:window.__hostile=1 data:text/html,<script>window.__hostile=1</script>",
    "bidi": "\u202eevil \u2066\u2067\u202d left open \u200f\u200e",
    "zalgo": "H" + "\u0336\u0335\u0321\u0322" * 60 + "e" + "\u0301\u0302" * 80 + "lp",
    "fake": "\u2705 Published as Casa\n\n\n\n\nApproved by Ana [Publish] Your session ended, sign in",
    "long": LONG,
    "word": "supercalifragilistic" * 200,
    "html": "</textarea></script></div></main><h1>Gone</h1><!-- <base href=//evil.example>",
    "htmx": "<div hx-get='/brands' hx-trigger='load' hx-target='body'>x</div>",
    "null": "a\u0000b\u0007c\ufffe",
}


class InboxWorld:
    """A world, its server, and the names of its messages."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.server = HttpServer(world.app, "127.0.0.1", 0, drain_s=1)
        self.asked: dict[str, MessageReceived] = {}

    @property
    def url(self) -> str:
        """Return the address the browser goes to."""
        return f"http://127.0.0.1:{self.server.port}"

    async def start(self) -> None:
        await self.world.live.start()
        await self.server.start()

    async def close(self) -> None:
        self.world.live.hang_up()
        await self.world.live.stop()
        await asyncio.wait_for(self.server.stop(), 10)
        await self.world.database.stop()

    async def ask(
        self, key: str, text: str, brand: str = "casa", **fields: object
    ) -> MessageReceived:
        """Let a message arrive, be understood and get a draft."""
        name = f"north/{brand}"
        brand_id = self.world.scopes[name].brand_id
        urgency = str(fields.pop("urgency", "1"))
        now = datetime.now(UTC) - timedelta(minutes=len(self.asked) + 1)
        told = {
            "created_at": now,
            "root": f"post-{key}",
            "text": text,
            "author_name": f"{key.title()} Author",
            **fields,
        }
        about = message(brand_id, key, **told)
        labels = labels_of(text, urgency)
        draft = Draft(
            draft_id="d1", text=f"Hello {key}, thank you for asking. We are here until eleven.",
            language="en", sources=[Source(kind="fact", id="f1", title="Opening hours")],
        )  # fmt: skip
        short = Draft(draft_id="d2", text="Until eleven.", language="en")
        await self.world.play(
            name, about, classified(about, int(urgency) * 25 + 10, labels),
            drafted(about, brand_id, drafts=[draft, short]),
        )  # fmt: skip
        self.asked[key] = about
        return about

    async def sign_in(self, page: Page, email: str = ANA) -> None:
        """Give the browser a session, as the door would."""
        client = await self.world.signed_in(email)
        cookie = client.cookies[COOKIE]
        await client.aclose()
        await page.context.add_cookies([{"name": COOKIE, "value": cookie, "url": self.url}])

    def path(self, key: str) -> str:
        """Return the address of a message."""
        return f"{self.url}/inbox/m/{self.asked[key].message_id}"


def labels_of(text: str, urgency: str) -> Labels:
    def head(*labels: str) -> Head:
        return Head(
            label=labels[0], p={label: (0.8, 0.15, 0.05)[at] for at, label in enumerate(labels[:3])}
        )

    reasons = (
        [Reason(head="intent", text=text[:4], start=0, end=4, weight=1.2)] if len(text) > 4 else []
    )
    return Labels(
        model="linear-test", language=head("en", "de", "es"), sentiment=head("negative", "neutral", "positive"),
        intent=head("complaint", "question", "other"), urgency=head(urgency, *[u for u in "012" if u != urgency]),
        needs_human=head("true", "false"), reasons=reasons,
    )  # fmt: skip


async def found_world(mongo_url: str, prefix: str, **more: object) -> InboxWorld:
    """Make the agency north with casa and verde, its people, and messages to answer."""
    world = World(settings_for(mongo_url, prefix, "motor", writes_per_minute=10_000, **more))
    await world.database.start()
    await world.found("north", "casa", "verde")
    await world.person("north", ANA, {"casa": "lead", "verde": "owner"})
    await world.person("north", BEN, {"casa": "lead"})
    await world.person("north", EVA, {"casa": "auditor"})
    inbox = InboxWorld(world)
    await inbox.ask("anna", "When do you close tonight? We are six people.")
    await inbox.ask("bruno", "I waited an hour and nobody came.", urgency="3")
    await inbox.ask("dalia", "مرحبا، هل أنتم مفتوحون يوم الجمعة؟", brand="verde")
    await inbox.start()
    return inbox
