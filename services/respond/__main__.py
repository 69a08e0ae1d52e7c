"""`python -m services.respond`: the service as a process."""

from runtime.service import main
from services.respond.app import build
from services.respond.settings import Settings

if __name__ == "__main__":
    main("respond", Settings, build)
