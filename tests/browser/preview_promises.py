"""Invented promises for the preview: one overdue, one soon due, two settled."""

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.scope import AgencyScope
from services.gateway.domain.promises import PromiseBook, PromiseView, counted, order


class PromiseDesk:
    """The port about promises, in memory."""

    def __init__(self, brand_ids: list[str]) -> None:
        now = datetime.now(UTC)
        said = (
            ("open", "Wir melden uns heute bis 18 Uhr bei dir.", "heute bis 18 Uhr", 1, True),
            ("broken", "You will have a new invoice by tomorrow.", "by tomorrow", -5, False),
            ("kept", "We will check with the workshop and let you know.", None, None, False),
            ("told", "Te responderemos antes del viernes.", "antes del viernes", 30, False),
        )
        self.promises = [
            PromiseView(
                f"prm_{number}", brand_ids[number % len(brand_ids)], f"msg_{number + 1}", f"thr_{number + 1}",
                "facebook", text, due_text, now + timedelta(hours=hours) if hours is not None else None,
                state, "Ana Ruiz", now - timedelta(hours=9),
                settled_at=None if state == "open" else now - timedelta(hours=1), is_pressing=is_pressing,
            )
            for number, (state, text, due_text, hours, is_pressing) in enumerate(said)
        ]  # fmt: skip

    async def book(self, scope: AgencyScope, *, is_pressing: bool = False) -> PromiseBook:
        mine = [one for one in self.promises if one.brand_id in scope.brand_ids]
        brands = sorted({one.brand_id for one in mine})
        counts = [
            counted(brand, [one for one in mine if one.brand_id == brand]) for brand in brands
        ]
        urgent = [one for one in mine if one.is_pressing or one.state == "broken"]
        return PromiseBook(sorted(urgent if is_pressing else mine, key=order), counts)

    async def urgent(self, scope: AgencyScope) -> int:
        return len((await self.book(scope, is_pressing=True)).promises)

    async def of_thread(self, _scope: AgencyScope, thread_id: str) -> dict[str, list[PromiseView]]:
        found = [one for one in self.promises if one.thread_id == thread_id]
        return {one.message_id: [one] for one in found}

    async def tick(self, *_: Any) -> None:
        return None
