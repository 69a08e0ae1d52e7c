"""Drives a whole Rapport from outside, and checks its history: what was written at the networks
against what the inbox shows, what was approved against what the networks' ledger says."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import httpx
from pymongo import MongoClient

from cli.demo import OWNER_EMAIL, seed
from cli.platform import Options, Platform
from sandbox.demo import DEMO

PAGES = [account.account_id for account in DEMO if account.network == "facebook"]
QUIET = {
    "SANDBOX_IS_TRAFFIC_ON": "false",
    "SANDBOX_BACKLOG": "0",
    "SANDBOX_WEBHOOK_MAX_GAP_S": "2",
}


@dataclass(frozen=True)
class History:
    """The verdict over a run. Nothing may be lost, shown twice or published twice."""

    written: int
    shown: int
    lost: int
    shown_twice: int
    without_labels: int
    approved: int
    published: int
    published_twice: int
    unsettled: int

    @property
    def is_clean(self) -> bool:
        """Say whether every promise was kept."""
        return not (self.lost or self.shown_twice or self.published_twice or self.unsettled)

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in asdict(self).items())


@contextmanager
def whole_rapport(data_dir: Path, env: dict[str, str] | None = None) -> Iterator["Journey"]:
    """Start everything on free ports with a quiet sandbox; stop it at the end."""
    broker = "apache" if os.environ.get("KAFKA") == "apache" else "tansu"
    ports = dict.fromkeys(("gateway", "ingest", "sandbox"), 0)
    options = Options(data_dir, broker=broker, ports=ports, env={**QUIET, **(env or {})})
    with Platform(options, seed) as platform, Journey(platform) as journey:
        journey.sign_in(OWNER_EMAIL, platform.secrets.password)
        yield journey


class Journey:
    """A person at the inbox and a hand at the sandbox's controls."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.sandbox = httpx.Client(base_url=f"{platform.url('sandbox')}/__control", timeout=60)
        self.gateway = httpx.Client(base_url=f"{platform.url('gateway')}/api/v1", timeout=20)
        self._mongo: MongoClient[dict[str, Any]] = MongoClient(platform.env["MONGO_URL"])
        self.messages = self._mongo["rapport_gateway"]["messages"]
        self.replies = self._mongo["rapport_respond"]["replies"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sandbox.close()
        self.gateway.close()
        self._mongo.close()

    def sign_in(self, email: str, password: str) -> None:
        answer = self.gateway.post("/session", json={"email": email, "password": password})
        answer.raise_for_status()
        self.gateway.headers["X-CSRF-Token"] = answer.json()["csrf_token"]

    def emit(self, **item: Any) -> dict[str, Any]:
        answer = self.sandbox.post("/emit", json=item)
        answer.raise_for_status()
        return dict(answer.json())

    def comment(self, page: str = PAGES[0], **more: Any) -> dict[str, Any]:
        return self.emit(network="facebook", account=page, kind="comment", **more)

    def misbehave(self, **rule: Any) -> None:
        self.sandbox.post("/misbehave", json=rule).raise_for_status()

    def behave(self) -> None:
        self.sandbox.delete("/misbehave").raise_for_status()

    def ledger(self) -> list[dict[str, Any]]:
        return list(self.sandbox.get("/ledger").json())

    def shown(self, external_id: str) -> dict[str, Any] | None:
        """Return a message as the API shows it, or None while it is not in the inbox."""
        found = self.messages.find_one({"content.external_id": external_id}, {"_id": 1})
        return self.view(found["_id"]) if found else None

    def view(self, message_id: str) -> dict[str, Any]:
        answer = self.gateway.get(f"/messages/{message_id}")
        answer.raise_for_status()
        return dict(answer.json())

    def until(self, what: Callable[[], Any], within_s: float = 30, pause_s: float = 0.05) -> Any:
        """Wait until a condition holds and return what it returned. Raises `TimeoutError`."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if found := what():
                return found
            time.sleep(pause_s)
        raise TimeoutError(f"waited {within_s:.0f} s for {what}")

    def approve(self, message: dict[str, Any], text: str | None = None) -> httpx.Response:
        """Release the draft of a message as the API showed it, or a text of one's own."""
        reply = message["reply"]
        body = {"text": text or reply["draft"] or "Thank you.", "revision": reply["revision"]}
        return self.gateway.post(f"/messages/{message['message_id']}/approve", json=body)

    def approve_some(self, count: int, seen: set[str]) -> int:
        """Approve drafts that were not approved yet; return how many."""
        done = 0
        where = {"slots.s0.drafted": {"$exists": True}, "_id": {"$nin": list(seen)}}
        for found in self.messages.find(where, {"_id": 1}, limit=count):
            try:
                answer = self.approve(self.view(found["_id"]))
            except (httpx.TransportError, httpx.HTTPStatusError):
                continue  # the gateway is just being killed: nobody was told that it worked
            if answer.status_code in (200, 409):
                seen.add(found["_id"])
                done += answer.status_code == 200
        return done

    def history(self) -> History:
        """Compare the networks' truth with the inbox and the ledger."""
        truth = [
            item["id"]
            for network in ("facebook", "mastodon")
            for item in self.sandbox.get("/items", params={"network": network}).json()
            if not item["is_own"] and item["kind"] != "post"
        ]
        fields = {"content.external_id": 1, "content.text": 1, "labels.key": 1}
        where = {"content.is_own": False, "content.kind": {"$ne": "post"}}
        documents = list(self.messages.find(where, fields))
        shown = Counter(document["content"]["external_id"] for document in documents)
        answers = Counter(row["in_reply_to"] for row in self.ledger())
        states = Counter(reply["state"] for reply in self.replies.find({}, {"state": 1}))
        busy = ("approved", "claimed", "sending", "waiting", "unknown")
        return History(
            written=len(truth),
            shown=len(documents),
            lost=len(set(truth) - set(shown)),
            shown_twice=sum(times - 1 for times in shown.values() if times > 1),
            without_labels=sum(
                1 for one in documents if one["content"]["text"] and not one.get("labels")
            ),
            approved=sum(states[state] for state in (*busy, "published", "parked")),
            published=states["published"],
            published_twice=sum(times - 1 for times in answers.values() if times > 1),
            unsettled=sum(states[state] for state in busy),
        )
