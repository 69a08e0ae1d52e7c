"""Writes messages as a Telegram bot (Bot API). Counting is in contracts, the pace next door.

Sources: networks.md section 12 of the contract cards; core.telegram.org/bots/api.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from contracts.networks import telegram
from services.respond.networks.protocol import (
    Account,
    Amend,
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
from services.respond.networks.telegram_pace import Pace

_GONE = ("message to be replied not found", "replied message not found", "message to react not found",
         "message_id_invalid", "message to edit not found", "chat not found")  # fmt: skip
_DONE = ("message to delete not found", "message is not modified")
_NO_TOPIC = "thread not found"
Body = dict[str, Any]


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Telegram(tools)


class Telegram:
    """Messages in answer to a message. A repeat is a second message: there is no idempotency key."""

    name = "telegram"
    same_key_window_s = 0.0

    def __init__(self, tools: Tools) -> None:
        self._client = tools.client
        self._clock = tools.clock
        self._pace = Pace()

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it stands: who is answered is told by the answer itself."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit, which is the same for every bot."""
        return telegram.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """Call sendMessage with plain text, once more when the refusal says where to instead."""
        place = telegram.place_of(publish.target.external_id)
        if place is None:
            return Permanent("telegram.refused", "the message's id names no chat")
        wait_s = self._pace.take(account.account_id, place[0], self._clock.now())
        if wait_s > 0:
            why = "one message a second in a chat, 20 a minute in a group"
            return Backoff("telegram.throttled", why, wait_s, is_narrow=True)
        body = _message(publish, *place)
        answer = await self._call(account, "sendMessage", body)
        if isinstance(answer, httpx.Response) and (other := _instead(answer, body)):
            answer = await self._call(account, "sendMessage", other)
        if not isinstance(answer, httpx.Response):
            return answer
        return _sent(answer) if _is_ok(answer) else classify(answer)

    async def find(self, _account: Account, _search: Search) -> Finding:
        """Say that it cannot be looked for: a bot is shown nothing that it wrote itself."""
        why = "Telegram shows a bot none of its own messages: please look into the chat"
        return Unreadable("network.not_shown", why)

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        """Call editMessageText; a text that stands there already is done."""
        place = telegram.place_of(amend.target.external_id)
        if place is None:
            return Permanent("telegram.refused", "the message's id names no chat")
        body: Body = {"chat_id": place[0], "message_id": place[1], "text": amend.text}
        return await self._do(account, "editMessageText", body)

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Set or take back a thumb (setMessageReaction), or delete (deleteMessage). A repeat changes nothing."""
        place = telegram.place_of(moderate.target.external_id)
        if place is None or moderate.act not in telegram.RULES.acts:
            return Permanent("telegram.refused", f"Telegram has no {moderate.act} for this")
        body: Body = {"chat_id": place[0], "message_id": place[1]}
        method = "deleteMessage"
        if moderate.act != "delete":
            method = "setMessageReaction"
            thumb = [{"type": "emoji", "emoji": telegram.LIKE}]
            body["reaction"] = thumb if moderate.act == "like" else []
        return await self._do(account, method, body)

    async def _do(self, account: Account, method: str, body: Body) -> Moderated:
        """Do what may be done twice."""
        answer = await self._call(account, method, body)
        if isinstance(answer, Unknown):
            return Retry(answer.code, answer.reason, is_doubtful=True)
        if not isinstance(answer, httpx.Response):
            return answer
        is_done = _is_ok(answer) or any(one in _description(answer).lower() for one in _DONE)
        return Done() if is_done else classify(answer)

    async def _call(
        self, account: Account, method: str, body: Mapping[str, Any]
    ) -> httpx.Response | Failure:
        if not telegram.is_token(account.token):
            return Reauthorise("telegram.grant_invalid", "what is stored is no bot token")
        shown, target = telegram.address_of(account.base_url, account.token, method)
        try:
            return await self._client.post(
                shown, json=body, follow_redirects=False, extensions={"target": target}
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return classify_transport(error)


def classify(response: httpx.Response) -> Failure:
    """Class an answer that is no success; the body's own number counts before the HTTP status."""
    told = _object(response).get("error_code")
    status = told if isinstance(told, int) and not isinstance(told, bool) else response.status_code
    reason = _description(response) or f"the network refused without a reason (HTTP {status})"
    trouble = classify_server_error(status)
    if isinstance(trouble, Retry):
        return Retry(trouble.code, reason, trouble.is_doubtful)
    # An unknown or misshapen token is answered 404, a revoked one 401.
    if status in (401, 404):
        return Reauthorise("telegram.grant_invalid", reason)
    if status == 429:
        return Backoff("telegram.throttled", reason, _wait_s(response))
    if _moved_to(response) is not None:
        return Retry("telegram.moved", reason)
    if status < 400:
        return Unknown("network.answer_unreadable", "the network's answer could not be read")
    return Permanent(_code(status, reason.lower()), reason)


def _code(status: int, reason: str) -> str:
    if status == 403:
        return "telegram.person_unavailable"
    return "telegram.target_gone" if any(one in reason for one in _GONE) else "telegram.refused"


def _message(publish: Publish, chat: str, message_id: int) -> Body:
    body: Body = {
        "chat_id": chat,
        "text": publish.text,
        "reply_parameters": {"message_id": message_id, "allow_sending_without_reply": True},
    }
    root = telegram.place_of(publish.target.root_id or "")
    if publish.target.kind == "comment" and root is not None and root[0] == chat:
        body["message_thread_id"] = root[1]
    return body


def _instead(answer: httpx.Response, body: Body) -> Body | None:
    """Return the message as the refusal wants it: in the chat it moved to, or outside a topic that is none."""
    if _is_ok(answer):
        return None
    moved_to = _moved_to(answer)
    plain = {key: value for key, value in body.items() if key != "message_thread_id"}
    if moved_to is not None:
        # Numbers begin anew in the new chat: the old one would answer somebody else's message.
        return {"chat_id": moved_to, "text": body["text"]}
    is_topic = answer.status_code == 400 and _NO_TOPIC in _description(answer).lower()
    return plain if is_topic and "message_thread_id" in body else None


def _sent(answer: httpx.Response) -> Outcome:
    result = _object(answer).get("result")
    message = result if isinstance(result, dict) else {}
    chat = message.get("chat")
    chat_id = chat.get("id") if isinstance(chat, dict) else None
    message_id = message.get("message_id")
    if not isinstance(chat_id, int) or not isinstance(message_id, int):
        return Unknown("network.answer_unreadable", "the network's answer named no message")
    name = chat.get("username") if isinstance(chat, dict) and chat_id < 0 else None
    permalink = f"https://t.me/{name}/{message_id}" if isinstance(name, str) else None
    return Sent(f"{chat_id}:{message_id}", permalink)


def _is_ok(answer: httpx.Response) -> bool:
    return answer.is_success and _object(answer).get("ok") is True


def _moved_to(answer: httpx.Response) -> int | None:
    moved_to = _parameters(answer).get("migrate_to_chat_id")
    return moved_to if isinstance(moved_to, int) else None


def _wait_s(answer: httpx.Response) -> float | None:
    told = _parameters(answer).get("retry_after")
    if isinstance(told, int | float) and told > 0:
        return float(told)
    after = answer.headers.get("retry-after", "")
    return float(after[:9]) if after.isascii() and after.isdigit() else None


def _parameters(answer: httpx.Response) -> Mapping[str, Any]:
    parameters = _object(answer).get("parameters")
    return parameters if isinstance(parameters, dict) else {}


def _description(answer: httpx.Response) -> str:
    return str(_object(answer).get("description") or "")[:300]


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
