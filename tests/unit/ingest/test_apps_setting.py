"""INGEST_APPS: what it gives, and that every mistake in it is told at once without a secret."""

import pytest

from services.ingest.apps import parse_apps


def test_apps_are_read_by_name() -> None:
    apps = parse_apps('{"meta": {"client_id": "1", "secrets": ["new", "", "old"]}, "x": {}}')
    assert apps["meta"].secrets == ("new", "old")
    assert apps["meta"].client_id == "1"
    assert apps["x"].secrets == ()
    assert parse_apps("") == {}


def test_every_mistake_is_told_at_once_and_no_value() -> None:
    text = (
        '{"meta": {"secrets": "s3cr3t", "client_id": 7, "colour": "s3cr3t"}, "myspace": [], "x": 1}'
    )
    with pytest.raises(ValueError, match="myspace") as error:
        parse_apps(text)
    told = str(error.value)
    for part in ("meta.secrets", "meta.client_id", "meta.colour", "x must be"):
        assert part in told
    assert "s3cr3t" not in told


@pytest.mark.parametrize("text", ['{"meta": s3cr3t}', "[]", '"s3cr3t"', "{"])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="JSON") as error:
        parse_apps(text)
    assert "s3cr3t" not in str(error.value)
