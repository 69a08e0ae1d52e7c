"""Settings of the storm worker. Read once, in __main__."""

from pydantic import Field

from runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """What the storm worker needs beyond what every process needs."""

    storm_lateness_s: int = Field(default=75, ge=0, le=900)
    """How long after a minute its bins stay open for what is on its way. Longer than a network is polled."""
    storm_is_clock: bool = True
    """Whether this worker writes the time into the log. False only where something else does (a replay)."""
