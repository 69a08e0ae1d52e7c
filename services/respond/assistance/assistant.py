"""Asks a brand's language model for a draft, where the brand has switched one on. Decides nothing about sending.

What comes back is screened; on any doubt the composed drafts stay as they are. Calls go through the
guarded client, one by one with a deadline, and a model that keeps failing is left alone for a while.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import httpx
from openai import AsyncOpenAI, OpenAIError

from contracts.brands import ModelUse
from contracts.replies import Assist, Draft
from runtime.addresses import Refused
from runtime.crypto import Letterbox
from runtime.errors import RapportError
from runtime.logs import get_logger
from services.respond.assistance.calls import Call, CallStore
from services.respond.assistance.prompt import Prompt, make_prompt
from services.respond.assistance.screening import LONGEST, Asked, why_not
from services.respond.desk import Desk
from services.respond.drafting.composer import Frame, entry_source, make_draft_id
from services.respond.drafting.grounding import NO_FACT
from services.respond.proposals import Proposal

log = get_logger("respond.assistant")
KEY_ABOUT = "assistant"
"""What a brand's key is sealed for."""
AT_ONCE, PER_BATCH = 4, 8
_TOKENS = 600
_FAILURES, _REST_S = 3, 60.0
_NOTHING_TO_SAY = frozenset({NO_FACT, "intent.unclear"})
"""Without a fact a model could only invent."""
FrameOf = Callable[[Proposal], Frame]


@dataclass(frozen=True, slots=True)
class _Said:
    """What came back: a text or the code why there is none, and what it cost."""

    text: str = ""
    code: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class _Health:
    """How a brand's model has done lately."""

    failures: int = 0
    rests_until: float = 0.0


class Assistant:
    """Adds a model's draft to proposals that a person decides about."""

    def __init__(
        self, client: httpx.AsyncClient, letterbox: Letterbox, calls: CallStore, desk: Desk,
        frame_of: FrameOf,
    ) -> None:  # fmt: skip
        self._client = client
        self._letterbox = letterbox
        self._calls = calls
        self._clock = desk.clock
        self._metrics = desk.metrics.models
        self._frame_of = frame_of
        self._health: dict[str, _Health] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def help(self, proposals: dict[int, Proposal]) -> None:
        """Put a model's draft first where one passes; what leaves by itself is never a model's."""
        wanted = [at for at, one in proposals.items() if self._is_wanted(one)][:PER_BATCH]
        helped = await asyncio.gather(*(self._helped(proposals[at]) for at in wanted))
        proposals.update(zip(wanted, (proposal for proposal, _ in helped), strict=True))
        made = [call for _, call in helped]
        if made:
            await self._calls.note(made)

    def _is_wanted(self, one: Proposal) -> bool:
        use = one.voice.brand.assistant
        if use is None or not use.is_on or one.decision.approval in (None, "none"):
            return False
        if one.abstained in _NOTHING_TO_SAY:
            return False
        health = self._health.setdefault(one.voice.brand_id, _Health())
        return (
            bool(one.drafts) and bool(one.message.text) and health.rests_until <= time.monotonic()
        )

    async def _helped(self, one: Proposal) -> tuple[Proposal, Call]:
        use = one.voice.brand.assistant
        assert use is not None
        frame, composed = self._frame_of(one), one.drafts[0]
        known = {entry.entry_id: entry for entry in one.voice.entries}
        # Facts in another language stand among the sources, too: a model can say them in the author's.
        entries = [known[source.id] for source in composed.sources if source.id in known]
        text, mark = one.message.text or "", secrets.token_hex(8)
        longest = min(LONGEST, frame.measure.limit)
        prompt = make_prompt(
            one.voice, text, entries, composed.language, longest=longest, mark=mark
        )
        asked = Asked(
            one.voice.brand, entries, text, composed.language, one.classified.labels, frame,
            is_public=one.message.kind != "dm", phrases=_phrases(one, composed.language),
        )  # fmt: skip
        said = await self._ask(use, one.voice.brand_id, prompt)
        code = said.code or why_not(said.text, asked, prompt) or "used"
        self._count(one.voice.brand_id, said, code)
        call = self._call(one, use, said, code, self._clock.now())
        if code != "used":
            return one, call
        assist = Assist(
            model=use.model, prompt=prompt.shown, tokens_in=said.tokens_in,
            tokens_out=said.tokens_out, cost=call.cost, currency=use.currency, seconds=said.seconds,
        )  # fmt: skip
        answer = frame.text_for(said.text)
        draft = Draft(
            draft_id=make_draft_id(composed.draft_id, use.model, answer), text=answer,
            language=composed.language, sources=[entry_source(entry) for entry in entries], assist=assist,
        )  # fmt: skip
        return replace(one, drafts=[draft, *one.drafts]), call

    async def _ask(self, use: ModelUse, brand_id: str, prompt: Prompt) -> _Said:
        started = time.monotonic()
        try:
            async with self._slots, asyncio.timeout(use.timeout_s):
                said = await self._completed(use, brand_id, prompt)
        except (OpenAIError, Refused, httpx.HTTPError, TimeoutError) as error:
            log.warning("model.failed", brand_id=brand_id, error=type(error).__name__)
            said = _Said(code="model.unreachable")
        except RapportError as error:
            said = _Said(code=error.code)
        except (ValueError, TypeError, AttributeError, IndexError):
            said = _Said(code="model.unreadable")
        return replace(said, seconds=round(time.monotonic() - started, 3))

    async def _completed(self, use: ModelUse, brand_id: str, prompt: Prompt) -> _Said:
        key = "none"
        if use.sealed_key:
            key = self._letterbox.open(use.sealed_key, brand_id=brand_id, about=KEY_ABOUT)
        endpoint = AsyncOpenAI(
            api_key=key, base_url=use.base_url, http_client=self._client, max_retries=0,
            timeout=use.timeout_s,
        )  # fmt: skip
        answer = await endpoint.chat.completions.create(
            model=use.model,
            messages=[
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.user},
            ],
            max_tokens=_TOKENS,
            temperature=0.3,
        )
        spent = answer.usage
        return _Said(
            text=(answer.choices[0].message.content or "").strip(),
            tokens_in=spent.prompt_tokens if spent else 0,
            tokens_out=spent.completion_tokens if spent else 0,
        )

    def _count(self, brand_id: str, said: _Said, code: str) -> None:
        self._metrics.calls.labels(code).inc()
        self._metrics.seconds.observe(said.seconds)
        health = self._health[brand_id]
        health.failures = health.failures + 1 if said.code else 0
        if health.failures >= _FAILURES:
            health.failures, health.rests_until = 0, time.monotonic() + _REST_S

    def _call(self, one: Proposal, use: ModelUse, said: _Said, code: str, at: datetime) -> Call:
        cost = (said.tokens_in * use.price_in + said.tokens_out * use.price_out) / 1000
        self._metrics.tokens.labels("in").inc(said.tokens_in)
        self._metrics.tokens.labels("out").inc(said.tokens_out)
        return Call(
            call_id=f"{one.voice.brand_id}/{secrets.token_hex(12)}", brand_id=one.voice.brand_id,
            message_id=one.message.message_id, model=use.model, outcome=code,
            tokens_in=said.tokens_in, tokens_out=said.tokens_out, cost=round(cost, 6),
            currency=use.currency, seconds=said.seconds, at=at,
        )  # fmt: skip


def _phrases(one: Proposal, language: str) -> list[str]:
    spoken = one.voice.languages.get(language, one.voice.first_language)
    kinds = (
        spoken.greetings, spoken.closings, spoken.thanks, spoken.apologies, spoken.handovers,
        spoken.invites, spoken.leads, spoken.requests, spoken.notes,
    )  # fmt: skip
    return [phrase for kind in kinds for phrase in kind]
