"""Lets the answers of a release go, one after the other at the pace a person chose. What it decides: nothing."""

from collections.abc import Awaitable, Callable

from contracts.scope import AgencyScope
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.logs import get_logger
from runtime.mongo import Document
from services.gateway.deps import Inbox, Release, Replies
from services.gateway.domain.approvals import left_over
from services.gateway.domain.views import Viewer
from services.gateway.store.triage import ReleaseQueue

log = get_logger("gateway.releaser")


class Releaser:
    """Goes on with releases; what a process leaves behind another takes.

    Each answer goes the way of any other: the person who pressed is its approver, with the roles
    they have at that moment.
    """

    def __init__(
        self,
        queue: ReleaseQueue,
        replies: Replies,
        inbox: Inbox,
        scopes: Callable[[], Awaitable[AgencyScope]],
        viewer: Callable[[str], Awaitable[Viewer | None]],
    ) -> None:
        self._queue = queue
        self._replies = replies
        self._inbox = inbox
        self._scopes = scopes
        self._viewer = viewer

    async def sweep(self) -> bool:
        """Let one answer go that is due; say whether there was one."""
        scope = await self._scopes()
        job = await self._queue.take(scope) if scope.brand_ids else None
        if job is None:
            return False
        item = next((one for one in job["items"] if one["state"] == "waiting"), None)
        viewer = await self._viewer(job["by_id"])
        if item is None:
            await self._queue.give_up(job, "Nothing was left to do.")
        elif viewer is None or not viewer.may_moderate(job["brand_id"]):
            await self._queue.give_up(job, f"{job['by_name']} may no longer answer for this brand.")
        else:
            await self._let_go(job, item, viewer)
        return True

    async def _let_go(self, job: Document, item: Document, viewer: Viewer) -> None:
        message_id = item["message_id"]
        release = Release(item["text"], item["revision"])
        try:
            left = await self._replies.approve(viewer.scope, viewer, message_id, release)
        except (Conflict, Forbidden, Invalid, NotFound) as error:
            if await self._is_ours(viewer, item):
                await self._queue.settle(job, message_id, "released")
                return
            log.info(
                "release.left_out", release_id=job["_id"], message_id=message_id, code=error.code
            )
            await self._queue.settle(job, message_id, "left", error.why)
            return
        if left:
            why = f"It waits for the consent of {left_over(left)}."
            await self._queue.settle(job, message_id, "left", why)
            return
        await self._queue.settle(job, message_id, "released")

    async def _is_ours(self, viewer: Viewer, item: Document) -> bool:
        """Say whether this very answer was let go before: a process ended between it and its note."""
        try:
            found = await self._inbox.message(viewer.scope, viewer, item["message_id"])
        except NotFound:
            return False
        return found.reply.approved_at is not None and found.reply.text == item["text"]
