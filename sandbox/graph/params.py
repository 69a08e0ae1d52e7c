"""A call's parameters, wherever they stand: Graph takes them from query, form and JSON alike."""

import json

from fastapi import Request

from sandbox.graph.pages import Params


async def params_of(request: Request) -> Params:
    """Query, form and JSON body in one; Graph takes a parameter from any of them."""
    found = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        try:
            body = await request.json()
        except ValueError:
            body = {}
        found |= {k: _text(v) for k, v in body.items()} if isinstance(body, dict) else {}
    elif "form" in kind:
        found |= {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
    return found


def _text(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
