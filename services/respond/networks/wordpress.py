"""Writes comments on a WordPress site, finds them again and moderates others'. Counting is in contracts.

Sources: networks.md section 11 of the contract cards; the comments reference of WordPress's REST API.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from contracts.networks import wordpress
from runtime.addresses import checked_url
from services.respond.networks.matching import fingerprint, plain
from services.respond.networks.protocol import (
    Absent,
    Account,
    Amend,
    Backoff,
    Done,
    Failure,
    Finding,
    Found,
    Moderate,
    Moderated,
    Network,
    Outcome,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Tools,
    Unknown,
    Unreadable,
    classify_server_error,
    classify_transport,
    unreadable,
    unreadable_because,
)

_CLOCK_SKEW = timedelta(seconds=120)
_PAGES = 5
_PAGE = 100
_STATUS_OF = {"hide": "hold", "unhide": "approved"}
_FIELDS = "id,content,link,date_gmt,status,parent,post"


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return WordPress(tools.guarded)


class WordPress:
    """Comments in answer to comments, as the user of an application password."""

    name = "wordpress"
    # There are no keys; the site's check for duplicates makes a repeat harmless, and find() looks.
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as typed: it becomes HTML when it is sent."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit, which is the same for every site."""
        return wordpress.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST /wp/v2/comments. A comment that is held for moderation is sent, too."""
        target = publish.target
        post_id = await self._post_of(account, target)
        if not isinstance(post_id, str):
            return post_id
        body = {"post": int(post_id), "content": wordpress.html(publish.text)}
        parent = _parent(target)
        answer = await self._call(
            account, "POST", "comments", body=body | ({"parent": parent} if parent else {})
        )
        if not isinstance(answer, httpx.Response):
            return answer
        if answer.is_success:
            return _sent(_json(answer))
        if _code(answer) == "comment_duplicate":
            return await self._earlier(account, publish) or classify(answer)
        return classify(answer)

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the own comments below what was answered, back to the call."""
        for page in range(1, _PAGES + 1):
            answer = await self._own(account, search, page)
            if not isinstance(answer, httpx.Response):
                return unreadable_because(answer)
            if not answer.is_success:
                return unreadable(answer, classify)
            rows = _json(answer)
            if not isinstance(rows, list):
                return Unreadable("network.answer_unreadable", "the comments could not be read")
            found = _own_among(rows, search)
            if found is not None:
                return found
            if len(rows) < _PAGE:
                return Absent()
        return Unreadable("network.too_much", "too many own comments since to look through")

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        """POST /wp/v2/comments/{id} with the new content."""
        if not _is_number(amend.target.external_id):
            return Permanent("wordpress.refused", "only comments can be changed")
        body = {"content": wordpress.html(amend.text)}
        answer = await self._call(
            account, "POST", f"comments/{amend.target.external_id}", body=body
        )
        if not isinstance(answer, httpx.Response):
            is_lost = isinstance(answer, Unknown)
            return Retry(answer.code, answer.reason, is_doubtful=True) if is_lost else answer
        return Done() if answer.is_success else classify(answer)

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Hold, approve or trash a comment. What is so already is done."""
        comment_id = moderate.target.external_id
        if not _is_number(comment_id) or moderate.act not in wordpress.RULES.acts:
            return Permanent("wordpress.refused", "only comments can be held, approved or deleted")
        path = f"comments/{comment_id}"
        if moderate.act == "delete":
            return await self._delete(account, path)
        status = _STATUS_OF[moderate.act]
        answer = await self._call(account, "POST", path, body={"status": status})
        if not isinstance(answer, httpx.Response):
            return answer
        if answer.is_success:
            return Done()
        # WordPress calls a change to the status that a comment has already a failure.
        if _code(answer) == "rest_comment_failed_edit" and await self._is(account, path, status):
            return Done()
        return classify(answer)

    async def _delete(self, account: Account, path: str) -> Moderated:
        answer = await self._call(account, "DELETE", path)
        if isinstance(answer, httpx.Response) and _code(answer) == "rest_trash_not_supported":
            answer = await self._call(account, "DELETE", path, params={"force": "true"})
        if not isinstance(answer, httpx.Response):
            return answer
        is_gone = _code(answer) in wordpress.GONE_CODES
        return Done() if answer.is_success or is_gone else classify(answer)

    async def _is(self, account: Account, path: str, status: str) -> bool:
        answer = await self._call(account, "GET", path, params={"_fields": "id,status"})
        told = _json(answer) if isinstance(answer, httpx.Response) else None
        return isinstance(told, dict) and told.get("status") == status

    async def _earlier(self, account: Account, publish: Publish) -> Sent | None:
        """Return the comment that the site says it has already: this text below the same comment."""
        # The site compares with all there is, so the look goes back to the beginning.
        began = datetime(1970, 1, 2, tzinfo=UTC)
        found = await self.find(account, Search(publish.target, publish.text, began))
        return Sent(found.external_id, found.permalink, True) if isinstance(found, Found) else None

    async def _post_of(self, account: Account, target: Target) -> str | Failure:
        """Return the number of the post: the thread's root, else what the comment says."""
        root = (target.root_id or "").removeprefix("post:")
        if _is_number(root):
            return root
        if not _is_number(target.external_id):
            return Permanent("wordpress.target_gone", "what is answered names no post")
        answer = await self._call(account, "GET", f"comments/{target.external_id}")
        if not isinstance(answer, httpx.Response):
            # Nothing was written yet: a lost answer here is no doubt about the comment.
            return Retry(answer.code, answer.reason) if isinstance(answer, Unknown) else answer
        told = _json(answer)
        post = str(told.get("post")) if answer.is_success and isinstance(told, dict) else ""
        return post if _is_number(post) else classify(answer)

    async def _own(self, account: Account, search: Search, page: int) -> httpx.Response | Failure:
        after = (search.sent_at - _CLOCK_SKEW).astimezone(UTC).replace(tzinfo=None)
        params = {
            "status": "all", "order": "desc", "orderby": "date_gmt", "per_page": str(_PAGE),
            "page": str(page), "after": after.isoformat(timespec="seconds"), "_fields": _FIELDS,
        }  # fmt: skip
        user_id = account.options.get(wordpress.USER_ID_OPTION)
        parent = _parent(search.target)
        params |= {"author": user_id} if user_id else {}
        root = search.target.root_id or ""
        params |= {"parent": str(parent)} if parent else {"post": root} if _is_number(root) else {}
        return await self._call(account, "GET", "comments", params=params)

    async def _call(
        self,
        account: Account,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> httpx.Response | Failure:
        """Return the site's answer, or what became of the call. Follows no redirect: it is a POST no more."""
        api = account.options.get(wordpress.API_OPTION)
        api = api or f"{account.base_url.rstrip('/')}/wp-json"
        try:
            url = checked_url(wordpress.route(api, path)).copy_merge_params(dict(params or {}))
            if not wordpress.may_carry(url.scheme, url.host):
                return Permanent("network.address_invalid", "the site must have an https address")
            return await self._client.request(
                method, url, headers=_headers(account), json=body, follow_redirects=False
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return classify_transport(error)


def classify(response: httpx.Response) -> Failure:
    """Class an answer that is no success; bodies that are no JSON are as good as none."""
    status, code = response.status_code, _code(response)
    reason = _reason(response)
    if status == 429 or code == "comment_flood":
        return Backoff("wordpress.throttled", reason, _wait_s(response))
    if status == 503 and not code:
        # The maintenance page comes before anything of WordPress runs.
        return Retry("wordpress.maintenance", reason, wait_s=_wait_s(response))
    trouble = classify_server_error(status)
    if isinstance(trouble, Retry):
        return Retry(trouble.code, reason, trouble.is_doubtful)
    if status == 401 or code in wordpress.GRANT_CODES:
        return Reauthorise("wordpress.grant_invalid", reason)
    if code in wordpress.GONE_CODES or code == "rest_comment_invalid_post_id":
        return Permanent("wordpress.target_gone", reason)
    codes = {
        "rest_comment_closed": "wordpress.closed",
        "comment_duplicate": "wordpress.duplicate_text",
        "rest_no_route": "wordpress.no_api",
    }
    return Permanent(codes.get(code, "wordpress.refused"), reason)


def _sent(told: Any) -> Outcome:
    comment_id = told.get("id") if isinstance(told, dict) else None
    if not isinstance(comment_id, int | str) or isinstance(comment_id, bool):
        return Unknown("network.answer_unreadable", "the site's answer named no comment")
    link = told.get("link")
    return Sent(str(comment_id), link if isinstance(link, str) else None)


def _own_among(rows: list[Any], search: Search) -> Found | None:
    wanted = fingerprint(search.text)
    for row in rows:
        if not isinstance(row, dict) or str(row.get("id")) in search.taken:
            continue
        content = row.get("content")
        rendered = content.get("rendered") if isinstance(content, dict) else None
        is_text = fingerprint(plain(str(rendered or ""))) == wanted
        if is_text and row.get("id") and row.get("status") not in ("trash", "spam"):
            link = row.get("link")
            return Found(str(row["id"]), link if isinstance(link, str) else None)
    return None


def _parent(target: Target) -> int | None:
    """Return the comment that is answered; a post is answered by a comment without a parent."""
    return int(target.external_id) if _is_number(target.external_id) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _headers(account: Account) -> dict[str, str]:
    pair = f"{account.options.get(wordpress.USER_OPTION, '')}:{account.token.replace(' ', '')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _code(response: httpx.Response) -> str:
    body = _json(response)
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, str) else ""


def _reason(response: httpx.Response) -> str:
    body = _json(response)
    message = body.get("message") if isinstance(body, dict) else None
    return str(message)[:300] if message else f"HTTP {response.status_code} without a reason"


def _wait_s(response: httpx.Response) -> float | None:
    after = response.headers.get("retry-after", "").strip()
    if after.isascii() and after.isdigit():
        return float(after[:9])
    try:
        at = parsedate_to_datetime(after)
    except (ValueError, TypeError, IndexError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(1.0, (at - datetime.now(UTC)).total_seconds())
