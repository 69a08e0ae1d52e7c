"""The event envelope: CloudEvents 1.0 in structured JSON. Encode, decode, and nothing else.

Source: CloudEvents 1.0.2 and its Kafka protocol binding (structured content mode).
"""

import builtins
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, Self, TypeVar, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, create_model

from contracts import ids
from contracts.scope import BrandScope

CONTENT_TYPE = "application/cloudevents+json"
CONTENT_TYPE_HEADER = ("content-type", CONTENT_TYPE.encode())


class Undecodable(ValueError):
    """The bytes are no event of ours: says where and why."""


class Payload(BaseModel):
    """Base of every payload model: writers may not add fields, readers ignore what they do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Build from an event's data, ignoring unknown fields. Raises `Undecodable`."""
        try:
            return cls.model_validate(data, extra="ignore")
        except ValidationError as error:
            raise Undecodable(f"{cls.__name__}: {_first_problem(error)}") from None


P = TypeVar("P", bound=Payload)


_E = TypeVar("_E", bound=BaseModel)


class Event(BaseModel):
    """One event. Extension attributes follow the CloudEvents rule: lower-case letters and digits."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str
    type: str
    source: str
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    partitionkey: str
    agencyid: str | None = None
    brandid: str | None = None
    correlationid: str
    causationid: str | None = None
    traceparent: str | None = None
    data: Any
    """The payload: a model where it was built or read as one, else the plain document."""

    def encode(self) -> bytes:
        """Return the event as UTF-8 JSON, the same on Kafka, in a dead letter and in a fixture."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=False)

    @classmethod
    def decode(cls, value: bytes | None) -> Self:
        """Return the event in these bytes. Raises `Undecodable`."""
        return _decode(cls, value)

    @classmethod
    def decode_as(cls, value: bytes | None, model: builtins.type[Payload]) -> Self:
        """Return the event with its data read as this payload, in one pass. Raises `Undecodable`."""
        return cast("Self", _decode(_typed(cls, model), value))

    @property
    def scope(self) -> BrandScope:
        """Whose data this is about. Raises `Undecodable` when the event names no brand."""
        if self.agencyid is None or self.brandid is None:
            raise Undecodable(f"event {self.id} names no brand")
        return BrandScope(self.agencyid, self.brandid)

    def read(self, model: builtins.type[P]) -> P:
        """Return the data as this payload model. Raises `Undecodable`."""
        return self.data if isinstance(self.data, model) else model.read(self.data)


def _decode(model: type[_E], value: bytes | None) -> _E:
    if value is None:
        raise Undecodable("empty record")
    try:
        return model.model_validate_json(value, extra="ignore")
    except ValidationError as error:
        raise Undecodable(_first_problem(error)) from None


@cache
def _typed(event: type[Event], model: type[Payload]) -> type[Event]:
    """Return the event model whose data is this payload."""
    return create_model(f"{model.__name__}Event", __base__=event, data=(model, ...))


def new_traceparent() -> str:
    """Return a fresh W3C trace context header value (Trace Context, level 1)."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def child_traceparent(parent: str | None) -> str:
    """Return a trace context in the same trace with a new span id."""
    if parent is None or len(parent) != 55:
        return new_traceparent()
    return f"{parent[:36]}{secrets.token_hex(8)}{parent[52:]}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event comes from: the service, the time, whose data, and what caused it."""

    source: str
    at: datetime
    scope: BrandScope | None = None
    cause: Event | None = None


def make_event(
    event_type: str,
    payload: Payload,
    *,
    key: tuple[str, ...],
    partition_key: str,
    origin: Origin,
) -> Event:
    """Build an event. `key` is its natural key: the same key gives the same event id."""
    event_id = ids.event_id(event_type, *key)
    cause = origin.cause
    return Event(
        id=event_id,
        type=event_type,
        source=origin.source,
        subject=partition_key,
        time=origin.at,
        partitionkey=partition_key,
        agencyid=origin.scope.agency_id if origin.scope else None,
        brandid=origin.scope.brand_id if origin.scope else None,
        correlationid=cause.correlationid if cause else event_id,
        causationid=cause.id if cause else None,
        traceparent=child_traceparent(cause.traceparent if cause else None),
        data=payload,
    )


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the document"
    return json.dumps(f"{where}: {first['msg']}")[1:-1]
