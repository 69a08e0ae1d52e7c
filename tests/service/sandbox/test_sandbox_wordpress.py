"""The WordPress stand-in writes the form that was documented: the same keys and types."""

import json
from pathlib import Path
from typing import Any

import httpx

from sandbox.models import Account
from sandbox.server import running
from sandbox.settings import Settings

FIXTURES = Path(__file__).parents[2] / "unit" / "networks_other" / "fixtures" / "wordpress"


def shape(value: Any) -> Any:
    """Return the types of a document; of a list those of its first element."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return type(value).__name__


async def test_comments_have_the_documented_form() -> None:
    async with (
        running(Settings(port=0, is_demo=False, is_traffic_on=False)) as sandbox,
        httpx.AsyncClient(trust_env=False, auth=("holz", "secret")) as client,
    ):
        sandbox.world.put_account(
            Account(network="wordpress", id="s", brand="b", name="H", handle="holz", token="secret")
        )
        emit = {"network": "wordpress", "account": "s", "kind": "comment", "text": "Hi"}
        await client.post(f"{sandbox.origin}/__control/emit", json=emit)
        await client.post(f"{sandbox.origin}/__control/emit", json={**emit, "kind": "reply"})
        api = f"{sandbox.origin}/wordpress/s/wp-json/wp/v2/comments"
        page = await client.get(api, params={"status": "all", "order": "desc"})
        one = await client.get(f"{api}/{page.json()[1]['id']}")
    told = json.loads((FIXTURES / "comments_page.json").read_text())
    assert [shape(row) for row in page.json()] == [shape(row) for row in told["body"]]
    assert set(told["headers"]) <= {
        name.title().replace("Wp", "WP").replace("pages", "Pages") for name in page.headers
    }
    edited = json.loads((FIXTURES / "comment_held_edit_context.json").read_text())
    assert shape(one.json()) == shape(edited)
