"""Walking a payload part by part, so that a broken part costs no good one. What the parts mean lives with each network."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.messages import Item, Media
from services.ingest.connectors.fields import Unreadable, read_json, scrub
from services.ingest.connectors.protocol import Account, Normalised, Problem

Part = Mapping[str, Any]
Read = Callable[[Part], None]

# Deeper than any network nests, and well under what writing JSON allows (255).
_DEEPEST = 64
# What MongoDB can hold in one integer; a greater one is kept as text.
_GREATEST_INT = 2**63 - 1
_LONGEST_KIND = 64
# A bug in one part's reading must not lose the parts beside it; it is reported like any broken part.
_BROKEN = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)


class Reading:
    """What one payload gave so far. `each` is the only place where a failing part is caught."""

    def __init__(self, network: str, account: Account) -> None:
        self.network = network
        self.out = Normalised()
        self._own_ids = account.own_ids
        self._own_handles = frozenset(bare_handle(handle) for handle in account.own_handles)

    def add(self, item: Item) -> None:
        """Keep an item, after those read before it."""
        self.out.items.append(item)

    def ignore(self, kind: object) -> None:
        """Count a part that is no message."""
        name = (kind if isinstance(kind, str) and kind.strip() else "unnamed")[:_LONGEST_KIND]
        self.out.ignored[name] = self.out.ignored.get(name, 0) + 1

    def problem(self, code: str, why: str, account_id: str | None = None) -> None:
        """Report a part that could not be understood."""
        self.out.problems.append(Problem(code, why, account_id))

    def is_own(self, *ids: str | None, handle: str | None = None) -> bool:
        """True when one of the ids, or the handle, is the brand's."""
        is_known = handle is not None and bare_handle(handle) in self._own_handles
        return is_known or any(one in self._own_ids for one in ids if one is not None)

    def each(self, parts: object, read: Read, account_id: str | None = None) -> None:
        """Read every object in a part, a list of parts or lists of lists; what fails becomes a problem."""
        for part in parts if isinstance(parts, list) else [parts]:
            if isinstance(part, list):
                self.each(part, read, account_id)
                continue
            try:
                read(_opened(part, self.network))
            except Unreadable as error:
                self.problem(error.code, error.why, account_id)
            except _BROKEN as error:
                self.problem(f"{self.network}.unexpected", type(error).__name__, account_id)


def read_payload(
    raw: bytes, network: str, account: Account, read: Callable[[Reading, Part], None]
) -> Normalised:
    """Read a JSON payload in any of its forms: one object, an array of them, or a kept answer with its body."""
    reading = Reading(network, account)
    try:
        document = cleaned(read_json(raw, f"{network}.not_json"), network)
    except Unreadable as error:
        reading.problem(error.code, error.why)
        return reading.out
    body = (
        document["body"]
        if isinstance(document, dict) and document.keys() == {"headers", "body"}
        else document
    )
    reading.each(body, lambda part: read(reading, part))
    return reading.out


def cleaned(value: Any, network: str, depth: int = 0) -> Any:
    """Return the document with what no store can hold made harmless. Raises `Unreadable` when it nests too deeply."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, int) and abs(value) > _GREATEST_INT:
        return str(value)
    if depth > _DEEPEST:
        raise Unreadable(f"{network}.not_json", "nested too deeply")
    if isinstance(value, list):
        return [cleaned(one, network, depth + 1) for one in value]
    if isinstance(value, dict):
        return {scrub(key): cleaned(one, network, depth + 1) for key, one in value.items()}
    return value


def unknown(network: str, part: Part) -> Unreadable:
    """Say that an object is none of the forms this network sends."""
    named = ", ".join(sorted(key for key in part if key.isidentifier())[:6])
    return Unreadable(f"{network}.unknown", f"no known form; its fields: {named or 'none'}")


def listed(part: Part, *keys: str) -> list[Any] | None:
    """Return the list under the first of these keys that holds one."""
    return next((part[key] for key in keys if isinstance(part.get(key), list)), None)


def nested(part: Part, *path: str) -> Part:
    """Return the object at the end of the path, empty when there is none."""
    for key in path:
        step = part.get(key)
        if not isinstance(step, dict):
            return {}
        part = step
    return part


def bare_handle(handle: str) -> str:
    """Return a handle in the form handles are compared in."""
    return handle.strip().removeprefix("@").casefold()


def shown_handle(handle: str | None) -> str | None:
    """Return a handle as it is shown: without a leading @."""
    return (handle.strip().removeprefix("@") or None) if handle else None


def media_of(
    kind: str | None, url: str | None = None, media_id: str | None = None, alt: str | None = None
) -> Media:
    """Return a picture, video or file; empty words become null."""
    return Media(
        type=kind or "file", url=url or None, id=media_id or None, alt=(alt or "").strip() or None
    )


def _opened(part: object, network: str) -> Part:
    if not isinstance(part, dict):
        raise Unreadable(f"{network}.part", f"expected an object, found {type(part).__name__}")
    if "http_status" in part:
        raise Unreadable(
            f"{network}.http_answer", "an answer of the network, not something people wrote"
        )
    return part
