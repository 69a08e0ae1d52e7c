"""Field types of payload models, and the reading of JSON bytes. What each network's fields are called lives there."""

import json
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from services.ingest.connectors.times import parse_time

DEPTH = 6


class Unreadable(ValueError):
    """A payload or a part of it that cannot be understood: a stable dotted code, and why (no message text)."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


def scrub(text: str) -> str:
    """Return the text with lone surrogates replaced: JSON can hold them, UTF-8 (and so our events) cannot."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _id(value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    return scrub(value).strip() or None if isinstance(value, str) else value


def _text(value: object) -> object:
    # An empty string is no text; what is written around words is the author's.
    return (scrub(value) if value.strip() else None) if isinstance(value, str) else value


Id = Annotated[str | None, BeforeValidator(_id)]
"""An id as text, whether the network writes a number or a string. Empty is None."""

Text = Annotated[str | None, BeforeValidator(_text)]
"""Text a person wrote, valid in UTF-8. Blank is None."""

Time = Annotated[datetime | None, BeforeValidator(parse_time)]
"""A moment in UTC; a bad one is None, for a comment is not lost over its date."""


class Part(BaseModel):
    """Base of the models of what a network sends: fields nobody asked for are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


M = TypeVar("M", bound=BaseModel)


def read_part(model: type[M], value: object, code: str) -> M:
    """Return the value as this model. Raises `Unreadable` with the code and the first field that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the part"
        raise Unreadable(code, f"{where}: {first['msg']}") from None


def read_json(raw: bytes | str, code: str) -> Any:
    """Return the JSON document. Raises `Unreadable` for anything that is not strict JSON in UTF-8."""
    try:
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw
        return json.loads(text, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise Unreadable(code, f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise Unreadable(code, "nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Unreadable(code, f"not JSON: {error.msg} at character {error.pos}") from None
    except ValueError as error:
        raise Unreadable(code, f"not JSON: {error}") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not allowed")
