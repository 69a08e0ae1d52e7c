"""The agency's own app registrations, read from one JSON setting; every mistake is told at once."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from services.ingest.connectors.protocol import AppSecrets

APPS = (
    "meta", "instagram", "threads", "x", "google", "reddit", "linkedin", "tiktok", "discord",
    "mastodon",
)  # fmt: skip
_TEXTS = ("client_id", "public_key", "token_url", "refresh_url")
_LISTS = ("secrets", "verify_tokens")


def parse_apps(text: str) -> Mapping[str, AppSecrets]:
    """Read `{"meta": {"client_id": "", "secrets": [""], "verify_tokens": [""]}, ...}`.

    Raises ValueError that names every mistake by its place and shows no value.
    """
    try:
        told = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise ValueError(f"is not JSON ({_place(error)})") from None
    if not isinstance(told, dict):
        raise ValueError("must be a JSON object of apps by name")  # noqa: TRY004 (pydantic's form)
    mistakes = [mistake for name, app in told.items() for mistake in _mistakes(name, app)]
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return {name: _app(app) for name, app in told.items()}


def _mistakes(name: str, app: Any) -> Iterator[str]:
    if name not in APPS:
        yield f"there is no app {name!r}; the names are {', '.join(APPS)}"
    if not isinstance(app, dict):
        yield f"{name} must be an object"
        return
    for field, value in app.items():
        if field in _TEXTS:
            if not isinstance(value, str):
                yield f"{name}.{field} must be a text"
        elif field in _LISTS:
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                yield f"{name}.{field} must be a list of texts"
        else:
            yield f"{name}.{field} is not known; there are {', '.join((*_TEXTS, *_LISTS))}"


def _app(app: Mapping[str, Any]) -> AppSecrets:
    secrets, verify_tokens = (tuple(filter(None, app.get(field, ()))) for field in _LISTS)
    texts = {field: app.get(field, "") for field in _TEXTS}
    return AppSecrets(secrets=secrets, verify_tokens=verify_tokens, **texts)


def _place(error: ValueError) -> str:
    # The error's own text may quote the secret; where it happened may not.
    line, column = getattr(error, "lineno", "?"), getattr(error, "colno", "?")
    return f"line {line}, column {column}"
