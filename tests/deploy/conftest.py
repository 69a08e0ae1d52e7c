"""What the deployment tests share."""

import pytest

from runtime.service import Service
from runtime.settings import BusSettings, MongoSettings, ServiceSettings
from runtime.web import health_app


@pytest.fixture(scope="session")
def health_routes() -> set[str]:
    """The paths that a service's health port answers."""
    settings = ServiceSettings(
        bus=BusSettings(url="none:1"), mongo=MongoSettings(url="mongodb://none")
    )
    app = health_app(Service("ingest", settings))
    return {str(path) for route in app.routes if (path := getattr(route, "path", None))}
