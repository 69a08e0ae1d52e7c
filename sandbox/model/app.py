"""The endpoint `/v1/chat/completions` as a language model's server has it. What is said is in replies.py."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

Reply = Callable[[str, str], str]
"""What the model says to a system and a user text."""


@dataclass
class ModelStub:
    """A model that answers as it is told, and notes what it was asked."""

    reply: Reply
    status: int = 200
    delay_s: float = 0.0
    key: str | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def app(self) -> FastAPI:
        """Return the endpoint."""
        app = FastAPI()

        @app.post("/v1/chat/completions")
        async def complete(request: Request) -> JSONResponse:
            body = await request.json()
            self.asked.append(body)
            await asyncio.sleep(self.delay_s)
            if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
                return JSONResponse({"error": {"message": "wrong key", "type": "auth"}}, 401)
            if self.status != 200:
                return JSONResponse({"error": {"message": "no", "type": "x"}}, self.status)
            return JSONResponse(self._answer(body))

        return app

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        said = {message["role"]: message["content"] for message in body["messages"]}
        text = self.reply(said.get("system", ""), said.get("user", ""))
        taken, given = len(str(said).split()), len(text.split())
        return {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"],
            "choices": [
                {
                    "index": 0, "finish_reason": "stop",
                    "message": {"role": "assistant", "content": text},
                }
            ],
            "usage": {
                "prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given,
            },
        }  # fmt: skip
