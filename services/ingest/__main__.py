"""`python -m services.ingest`: webhooks, streams and the worker that normalises."""

from runtime.service import main
from services.ingest.app import build
from services.ingest.settings import Settings

if __name__ == "__main__":
    main("ingest", Settings, build)
