"""Settings of classify. Read once, in __main__."""

from runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """What classify needs: nothing beyond what every service needs."""
