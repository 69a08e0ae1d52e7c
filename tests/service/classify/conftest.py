"""The topics of a run and where its data lies, for classify's signals."""

import pytest

from contracts.topics import BRAND_CHANGED, MESSAGE_CLASSIFIED, MESSAGE_RECEIVED, SIGNAL_OBSERVED
from runtime.admin import Admin
from runtime.settings import BusSettings, MongoSettings
from services.classify.models.linear import LinearModel

_TOPICS = (BRAND_CHANGED, MESSAGE_RECEIVED, MESSAGE_CLASSIFIED, SIGNAL_OBSERVED)


@pytest.fixture
def bus_settings(bus_url: str, bus_kind: str, topic_prefix: str) -> BusSettings:
    settings = BusSettings(
        url=bus_url, topic_prefix=topic_prefix, is_idempotent=bus_kind == "apache",
        session_timeout_ms=6_000, rebalance_timeout_ms=2_000, heartbeat_ms=500,
    )  # fmt: skip
    names = [topic.name for topic in _TOPICS]
    letters = [topic.dead_letters("classify") for topic in _TOPICS[:2]]
    with Admin(settings) as admin:
        admin.ensure_topics([*names, *letters])
    return settings


@pytest.fixture
def mongo_settings(mongo_url: str, database_prefix: str) -> MongoSettings:
    return MongoSettings(url=mongo_url, database_prefix=f"{database_prefix}_")


@pytest.fixture(scope="session")
def model() -> LinearModel:
    return LinearModel.load()
