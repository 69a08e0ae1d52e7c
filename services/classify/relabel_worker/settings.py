"""Settings of the relabel worker."""

from runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has, and nothing else."""
