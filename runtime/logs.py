"""JSON logs, one object a line, UTC. Names of log events are registered where they are used,
in snake.case like topics; message texts and secrets are never logged."""

import logging
import sys
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

from contracts.envelope import Event

__all__ = ["about_event", "bind_contextvars", "clear_contextvars", "get_logger", "set_up_logs"]


def set_up_logs(service: str, version: str, level: str) -> None:
    """Send every log line of this process, libraries' too, to standard output as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("aiokafka", "kafka", "httpx", "httpcore", "pymongo", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    bind_contextvars(service=service, version=version)


def get_logger(name: str) -> Any:
    """Return a logger that takes an event name and key=value pairs."""
    return structlog.stdlib.get_logger(name)


def about_event(event: Event) -> Any:
    """Bind an event's ids to every log line inside the `with` block."""
    return bound_contextvars(
        event_id=event.id,
        correlation_id=event.correlationid,
        trace_id=(event.traceparent or "").split("-")[1] if event.traceparent else None,
        brand_id=event.brandid,
    )
