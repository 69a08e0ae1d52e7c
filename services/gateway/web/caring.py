"""The judgement of a text in the form that the composer's script draws. No judgement of its own."""

from collections.abc import Mapping
from typing import Any

from services.gateway.domain.caring import Judged

RULES: Mapping[str, str] = {
    "wording.term": "Your brand never says this",
    "wording.competitor": "This names a competitor",
    "wording.health": "This makes a health claim",
    "wording.legal": "This is for the lawyers to say",
    "wording.price": "This price is not in what the brand knows",
    "wording.link": "This link is not on your brand's list",
    "wording.personal": "This is somebody's personal data",
}
MOST_FINDINGS = 12


def shown(found: Judged) -> dict[str, Any]:
    """Return what the page needs: four values, marks in the text, sentences."""
    care = found.care
    return {
        "values": {
            "quick": care.quick, "empathetic": care.empathetic,
            "proactive": care.proactive, "transparent": care.transparent,
        },
        "findings": [
            {
                "dimension": one.dimension, "start": one.start, "end": one.end, "why": one.why,
                "suggestion": one.suggestion, "cost": one.cost,
            }
            for one in care.findings[:MOST_FINDINGS]
        ],
        "notes": list(care.notes),
        "rules": [
            {
                "start": one.start, "end": one.end, "stops": one.stops, "phrase": one.phrase,
                "why": RULES.get(one.code, "Your brand's rules speak against this"),
                "what": one.why,
            }
            for one in found.wording
        ],
        "missing": found.missing,
        "promises": [
            {"start": one.start, "end": one.end, "phrase": one.phrase, "due": one.due_text}
            for one in found.promises
        ],
    }  # fmt: skip
