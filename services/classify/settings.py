"""Settings of classify. Read once, in __main__."""

from pydantic import Field

from runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """What classify needs. `classify_accurate_per_s`: how many messages a second the accurate tier may read."""

    classify_accurate_per_s: float = Field(default=0.0, ge=0, le=1_000)
