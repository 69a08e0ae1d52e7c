"""Reading the recorded payloads in tests, and building small ones."""

import json
from pathlib import Path
from typing import Any

from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.registry import normalisers

FIXTURES = Path(__file__).parent / "fixtures"
NOBODY = Account()


def recorded(network: str, name: str) -> bytes:
    return (FIXTURES / network / name).read_bytes()


def read(network: str, payload: Any, account: Account = NOBODY) -> Normalised:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return normalisers()[network](raw, account)


def shown(found: Normalised) -> list[dict[str, Any]]:
    """The items without raw and without what is at its default, so that an expectation says all."""
    return [
        item.model_dump(mode="json", exclude={"raw", "network"}, exclude_defaults=True)
        for item in found.items
    ]


def feed(value: Any, page_id: str = "1", time: int = 1700000000) -> dict[str, Any]:
    """A page webhook with one feed change."""
    changes = [{"field": "feed", "value": value}]
    return {"object": "page", "entry": [{"id": page_id, "time": time, "changes": changes}]}


def comment(**more: Any) -> dict[str, Any]:
    return {
        "item": "comment",
        "verb": "add",
        "comment_id": "9_1",
        "post_id": "1_9",
        "parent_id": "1_9",
        "from": {"id": "5", "name": "Mina"},
        "created_time": 1699999999,
        "message": "hello",
        **more,
    }


def status(**more: Any) -> dict[str, Any]:
    return {
        "id": "100",
        "created_at": "2026-08-01T10:00:00.500Z",
        "content": "<p>hi</p>",
        "visibility": "public",
        "account": {"id": "7", "acct": "kim", "url": "https://here.example/@kim"},
        **more,
    }
