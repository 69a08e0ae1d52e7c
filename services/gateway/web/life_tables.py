"""The life of a message as rows for a spreadsheet, in the order of time."""

import csv
import io

from services.gateway.domain.life import LifeView
from services.gateway.web.report_tables import cell

HEAD = ("at_utc", "step", "who", "text", "facts")


def life_csv(life: LifeView) -> str:
    """Return the steps as comma-separated values, lines ended by CRLF (RFC 4180)."""
    paper = io.StringIO()
    writer = csv.writer(paper)
    writer.writerow(HEAD)
    for step in life.steps:
        facts = "; ".join(f"{name}: {value}" for name, value in step.facts.items())
        writer.writerow([cell(one) for one in (step.at, step.kind, step.who, step.text, facts)])
    return paper.getvalue()
