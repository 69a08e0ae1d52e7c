"""The paths of the LinkedIn stand-in. What LinkedIn allows is in comments."""

import re
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.desk import Call
from sandbox.endpoints import Row, body_of
from sandbox.linkedin.comments import Comments
from sandbox.linkedin.errors import denied, refusal
from sandbox.models import Account

_ACTION = "/rest/socialActions/{urn}"
_RANGE = re.compile(r"^\(start:(\d+)(?:,end:(\d+))?\)$")


class Routes:
    """Translates HTTP to Comments and back. Every call needs the version headers."""

    def __init__(self, comments: Comments) -> None:
        self._comments = comments

    def table(self) -> list[Row]:
        """Every path a token is needed for."""
        return [
            ("GET", "/rest/organizationAcls", "read", self._acls),
            ("GET", "/rest/organizations/{number}", "read", self._organisation),
            ("GET", "/rest/organizationalEntityNotifications", "read", self._notified),
            ("GET", f"{_ACTION}/comments", "read", self._listed),
            ("POST", f"{_ACTION}/comments", "publish", self._write),
            ("DELETE", f"{_ACTION}/comments/{{number}}", "delete", self._delete),
            ("POST", f"{_ACTION}/comments/{{number}}", "edit", self._edit),
            ("POST", f"{_ACTION}/likes", "like", self._like),
            ("DELETE", f"{_ACTION}/likes/{{actor}}", "like", self._unlike),
        ]

    async def _acls(self, call: Call, account: Account) -> Any:
        _versioned(call)
        names = [account.id, *filter(None, account.options.get("others", "").split(","))]
        row = {"role": "ADMINISTRATOR", "state": "APPROVED", "roleAssignee": "urn:li:person:a"}
        return {"elements": [{**row, "organization": name} for name in names]}

    async def _organisation(self, call: Call, account: Account) -> Any:
        _versioned(call)
        number = call.request.path_params["number"]
        told = {"id": int(number), "localizedName": account.name, "vanityName": account.handle}
        return told if account.id.endswith(f":{number}") else {**told, "localizedName": number}

    async def _notified(self, call: Call, account: Account) -> Any:
        _versioned(call)
        asked = call.request.query_params
        actions = re.fullmatch(r"List\((.*)\)", asked.get("actions", ""))
        within = _RANGE.match(asked.get("timeRange", ""))
        if asked.get("q") != "criteria" or not actions or not within:
            raise refusal(400, "ILLEGAL_ARGUMENT", "Invalid query parameters")
        if asked.get("organizationalEntity") != account.id:
            raise denied()
        wanted, start_ms = actions[1].split(","), int(within[1])
        rows = [
            one
            for one in self._comments.notified(account.id)
            if one["action"] in wanted and one["lastModifiedAt"] >= start_ms
        ]
        return _page(call, rows)

    async def _listed(self, call: Call, _account: Account) -> Any:
        _versioned(call)
        rows = self._comments.below(call.request.path_params["urn"])
        return _page(call, [self._comments.shown(one) for one in rows])

    async def _write(self, call: Call, account: Account) -> Any:
        _versioned(call)
        urn, told = call.request.path_params["urn"], await body_of(call.request)
        item = self._comments.write(account, urn, told, call.outcome)
        return JSONResponse(self._comments.shown(item), 201)

    async def _delete(self, call: Call, account: Account) -> Any:
        _acting(call, account)
        at = call.request.path_params
        self._comments.delete(account, at["urn"], at["number"])
        return Response(status_code=204)

    async def _edit(self, call: Call, account: Account) -> Any:
        _acting(call, account)
        if call.request.headers.get("x-restli-method") != "PARTIAL_UPDATE":
            raise refusal(400, "ILLEGAL_ARGUMENT", "X-RestLi-Method is needed")
        at, told = call.request.path_params, await body_of(call.request)
        self._comments.edit(account, at["urn"], at["number"], told)
        return Response(status_code=204)

    async def _like(self, call: Call, account: Account) -> Any:
        _versioned(call)
        self._comments.like(account, call.request.path_params["urn"], is_liked=True)
        return Response(status_code=201)

    async def _unlike(self, call: Call, account: Account) -> Any:
        _acting(call, account)
        self._comments.like(account, call.request.path_params["urn"], is_liked=False)
        return Response(status_code=204)


def _versioned(call: Call) -> None:
    headers = call.request.headers
    if not re.fullmatch(r"20\d{4}", headers.get("linkedin-version", "")):
        raise refusal(400, "VERSION_MISSING", "A version must be present")
    if headers.get("x-restli-protocol-version") != "2.0.0":
        raise refusal(400, "ILLEGAL_ARGUMENT", "Rest.li protocol 2.0.0 is needed")


def _acting(call: Call, account: Account) -> None:
    _versioned(call)
    if call.request.query_params.get("actor") != account.id:
        raise denied()


def _page(call: Call, rows: list[dict[str, Any]]) -> dict[str, Any]:
    asked = call.request.query_params
    start, count = int(asked.get("start", "0")), int(asked.get("count", "10"))
    paging = {"start": start, "count": count, "total": len(rows), "links": []}
    return {"paging": paging, "elements": rows[start : start + count]}
