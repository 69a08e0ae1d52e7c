"""Rebuilds the fast model: `python -m services.classify.training --data FOLDER`. The only file here that writes."""

import argparse
import hashlib
import json
import logging
import sys
from pathlib import Path

from services.classify.domain.labels import LEARNED
from services.classify.models import artefact
from services.classify.models.linear import LinearModel
from services.classify.training import assembly, data, fit, lessons, report, statics
from services.classify.training.accurate import sets

RELEASE = "2026.11"


def main(arguments: list[str]) -> int:
    """Trains, writes the artefact and its card, measures the written file, prints the figures."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if not options.data.is_dir():
        sys.exit(f"no folder {options.data}: name the folder of the message sets with --data")
    if not options.only_measure:
        build(options.data, options.vectors, options.out, has_research=not options.without_research_only)  # fmt: skip
    model = LinearModel.load(options.out)
    figures = report.figures(model, options.data, has_research=not options.without_research_only)
    if not options.only_measure:
        card = json.loads(options.out.with_suffix(".json").read_bytes())
        artefact.write(options.out, options.out.read_bytes(), {**card, "figures": figures})
    print(json.dumps({"model": model.version, **figures}, indent=1, ensure_ascii=False))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.classify.training", description=main.__doc__
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/classify"), help="folder with the message sets")  # fmt: skip
    parser.add_argument("--vectors", type=Path, default=Path("build/vectors"), help="folder that services.classify.training.distil wrote")  # fmt: skip
    parser.add_argument("--out", type=Path, default=artefact.DEFAULT_PATH, help="where to write the .npz file")  # fmt: skip
    parser.add_argument("--only-measure", action="store_true", help="print the figures of the file that is there")  # fmt: skip
    parser.add_argument("--without-research-only", action="store_true", help="leave out the sets released for research only")  # fmt: skip
    return parser


def build(folder: Path, vectors: Path, out: Path, *, has_research: bool) -> None:
    """Fits every head and writes the artefact with a card that has no figures yet."""
    settings = fit.Settings()
    read = lessons.material(folder, has_research=has_research)
    tables = statics.tables(vectors)
    arrays, calibration = assembly.train(read, tables, settings)
    content = artefact.pack(arrays)
    version = f"linear-{RELEASE}-{hashlib.sha256(content).hexdigest()[:8]}"
    hashes = sets.hashes(folder, read.rows) | data.hashes(folder) | statics.hashes(vectors)
    card = {
        "version": version,
        "data_sha256": hashes,
        "settings": settings.card(),
        "heads": {head: list(LEARNED[head]) for head in read.heads},
        "calibration": calibration,
    }
    artefact.write(out, content, card)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
