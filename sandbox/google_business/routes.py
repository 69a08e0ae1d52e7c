"""The paths of the Google reviews stand-in. What Google allows is in reviews."""

from typing import Any

from sandbox.desk import Call
from sandbox.endpoints import Row, body_of
from sandbox.google_business.errors import not_found, refusal
from sandbox.google_business.reviews import Reviews
from sandbox.models import Account, Item

_LOCATION = "/v4/accounts/{account}/locations/{location}"
_MOST = 50


class Routes:
    """Translates HTTP to Reviews and back."""

    def __init__(self, reviews: Reviews) -> None:
        self._reviews = reviews

    def table(self) -> list[Row]:
        """Every path a token is needed for."""
        one = f"{_LOCATION}/reviews/{{review}}"
        return [
            ("GET", f"{_LOCATION}/reviews", "read", self._listed),
            ("GET", one, "read", self._one),
            ("PUT", f"{one}/reply", "publish", self._reply),
            ("DELETE", f"{one}/reply", "delete", self._delete),
        ]

    async def _listed(self, call: Call, account: Account) -> Any:
        _at(call, account)
        asked = call.request.query_params
        if asked.get("orderBy", "updateTime desc") != "updateTime desc":
            raise refusal(400, "INVALID_ARGUMENT", "The stand-in orders by updateTime desc.")
        size, start = asked.get("pageSize", "50"), asked.get("pageToken", "0")
        if not (size.isdigit() and start.isdigit() and 1 <= int(size) <= _MOST):
            raise refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        found = self._reviews.listed(account)
        end = int(start) + int(size)
        return self._page(found, found[int(start) : end], str(end) if end < len(found) else None)

    def _page(self, found: list[Item], rows: list[Item], token: str | None) -> dict[str, Any]:
        told: dict[str, Any] = {"averageRating": 4.5, "totalReviewCount": len(found)}
        if rows:
            told["reviews"] = [self._reviews.shown(one) for one in rows]
        if token:
            told["nextPageToken"] = token
        return told

    async def _one(self, call: Call, account: Account) -> Any:
        return self._reviews.shown(self._found(call, account))

    async def _reply(self, call: Call, account: Account) -> Any:
        review = self._found(call, account)
        made = self._reviews.reply(account, review, await body_of(call.request), call.outcome)
        return self._reviews.shown_reply(made)

    async def _delete(self, call: Call, account: Account) -> Any:
        self._reviews.delete_reply(self._found(call, account))
        return {}

    def _found(self, call: Call, account: Account) -> Item:
        _at(call, account)
        return self._reviews.find(account, call.request.path_params["review"])


def _at(call: Call, account: Account) -> None:
    asked = call.request.path_params
    if f"accounts/{asked['account']}/locations/{asked['location']}" != account.id:
        raise not_found()
