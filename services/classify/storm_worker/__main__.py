"""`python -m services.classify.storm_worker`: the worker that follows storms."""

from runtime.service import main
from services.classify.storm_worker.app import build
from services.classify.storm_worker.settings import Settings

if __name__ == "__main__":
    main("storm", Settings, build)
