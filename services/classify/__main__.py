"""`python -m services.classify`: the worker that labels messages."""

from runtime.service import main
from services.classify.app import build
from services.classify.settings import Settings

if __name__ == "__main__":
    main("classify", Settings, build)
