"""Writes WhatsApp messages as a business number (Cloud API). Error codes and counting are in contracts.

Sources: networks.md section 5 of the contract cards; Cloud API, messages and error codes.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from contracts.networks import whatsapp
from services.respond.networks.protocol import (
    Account,
    Backoff,
    Done,
    Failure,
    Finding,
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
)

_SPAM_WAIT_S = 3600.0
_CODES = {
    "whatsapp.throttled": Backoff,
    "whatsapp.spam_limit": Backoff,
    "whatsapp.grant_invalid": Reauthorise,
    "whatsapp.permission_missing": Reauthorise,
    "whatsapp.window_closed": Permanent,
    "whatsapp.undeliverable": Permanent,
    "whatsapp.template_invalid": Permanent,
    "whatsapp.account_locked": Permanent,
}
_CLOSED = "more than 24 hours have passed since the customer wrote, and no template is set"


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return WhatsApp(tools.client)


class WhatsApp:
    """Messages in answer to a message. A repeat is a second message: there is no idempotency key.

    Our key goes along and comes back with every delivery state: that settles a lost answer.
    """

    name = "whatsapp"
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it stands: the message goes to its reader alone."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit, which is the same for every number."""
        return whatsapp.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST /{phone-number-id}/messages: text, or the account's template when the window is closed."""
        words = _words(account, publish)
        to = _to(publish.target)
        if isinstance(words, Permanent):
            return words
        if to is None:
            return Permanent("whatsapp.refused", "the message does not say who wrote it")
        body = {
            "messaging_product": "whatsapp",
            **to,
            **words,
            "context": {"message_id": publish.target.external_id},
            "biz_opaque_callback_data": publish.key[: whatsapp.KEY_LIMIT],
        }
        answer = await self._post(account, body)
        if not isinstance(answer, httpx.Response):
            return answer
        message_id = _message_id(answer)
        if message_id is None:
            return Unknown("network.answer_unreadable", "the network's answer named no message")
        return Sent(message_id)

    async def find(self, _account: Account, _search: Search) -> Finding:
        """Say that it cannot be looked for: only a delivery state that carries our key can tell."""
        why = "WhatsApp shows no sent messages; a delivery state may still say that it went out"
        return Unreadable("network.not_shown", why)

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Set or take back a thumb as the reaction to a message. A repeat changes nothing."""
        to = _to(moderate.target)
        if to is None or moderate.act not in whatsapp.RULES.acts:
            return Permanent("whatsapp.refused", f"WhatsApp has no {moderate.act} for this")
        emoji = whatsapp.LIKE if moderate.act == "like" else ""
        reaction = {"message_id": moderate.target.external_id, "emoji": emoji}
        answer = await self._post(
            account,
            {"messaging_product": "whatsapp", **to, "type": "reaction", "reaction": reaction},
        )
        if isinstance(answer, Unknown):
            return Retry(answer.code, answer.reason, is_doubtful=True)
        return Done() if isinstance(answer, httpx.Response) else answer

    async def _post(self, account: Account, body: Mapping[str, Any]) -> httpx.Response | Failure:
        url = f"{account.base_url.rstrip('/')}/{account.account_id}/messages"
        headers = {"Authorization": f"Bearer {account.token}"}
        try:
            answer = await self._client.post(
                url, json=body, headers=headers, follow_redirects=False
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return classify_transport(error)
        return answer if answer.is_success else classify(answer)


def classify(response: httpx.Response) -> Failure:
    """Class an answer that is no success, by WhatsApp's error code first and the HTTP status after it."""
    error = _object(response).get("error")
    number = error.get("code") if isinstance(error, dict) else None
    if not isinstance(error, dict) or not isinstance(number, int):
        return _by_status(response)
    status, reason = response.status_code, _reason(error)
    code = whatsapp.code_of(number)
    kind = _CODES.get(code)
    if kind is Backoff:
        is_spam = code == "whatsapp.spam_limit"
        return Backoff(code, reason, _SPAM_WAIT_S if is_spam else _wait_s(response))
    if kind is Reauthorise:
        return Reauthorise(code, reason)
    is_trouble = code == "network.server_error" or error.get("is_transient") is True
    if is_trouble or status >= 500:
        # A refusal with a number of its own was written by who did not send; a 5xx proves nothing.
        return Retry("network.server_error", reason, is_doubtful=status >= 500)
    return Permanent(code, reason)


def _by_status(response: httpx.Response) -> Failure:
    status = response.status_code
    if status == 401:
        return Reauthorise("whatsapp.grant_invalid", "the network refused the token (HTTP 401)")
    if status == 429:
        return Backoff("whatsapp.throttled", "too many calls (HTTP 429)", _wait_s(response))
    why = f"the network refused without a reason (HTTP {status})"
    return classify_server_error(status) or Permanent("whatsapp.refused", why)


def _words(account: Account, publish: Publish) -> dict[str, Any] | Permanent:
    if publish.is_in_window:
        return {"type": "text", "text": {"body": publish.text, "preview_url": True}}
    option = account.options.get("template", "").strip()
    if not option:
        return Permanent(whatsapp.WINDOW_CLOSED, _CLOSED)
    named = whatsapp.template_of(option)
    if named is None:
        why = "the account's template must be written name:language"
        return Permanent("whatsapp.template_invalid", why)
    # A parameter may hold no line breaks, tabs or long runs of spaces.
    parameter = {"type": "text", "text": " ".join(publish.text.split())}
    template = {
        "name": named[0],
        "language": {"code": named[1]},
        "components": [{"type": "body", "parameters": [parameter]}],
    }
    return {"type": "template", "template": template}


def _to(target: Target) -> dict[str, str] | None:
    """Return whom to write to: a group, a number, or the user id of a person who shows no number."""
    peer = target.root_id or target.author_id
    if not peer:
        return None
    if whatsapp.is_group(peer):
        return {"recipient_type": "group", "to": peer}
    key = "recipient" if whatsapp.is_user_id(peer) else "to"
    return {"recipient_type": "individual", key: peer}


def _message_id(response: httpx.Response) -> str | None:
    messages = _object(response).get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    message_id = first.get("id") if isinstance(first, dict) else None
    return message_id if isinstance(message_id, str) and message_id else None


def _wait_s(response: httpx.Response) -> float | None:
    after = response.headers.get("retry-after", "")
    return float(after[:9]) if after.isascii() and after.isdigit() else None


def _reason(error: Mapping[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    return str(details or error.get("message") or "no reason given")[:300]


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
