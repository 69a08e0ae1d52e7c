"""`python -m services.classify.relabel_worker`: the worker that reads stored messages again."""

import os

from runtime.service import main
from services.classify.relabel_worker.app import build
from services.classify.relabel_worker.settings import Settings

POLITE = 15

if __name__ == "__main__":
    # Live messages go first wherever both share a processor.
    os.nice(POLITE)
    main("relabel", Settings, build)
