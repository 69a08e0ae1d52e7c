"""A brand's whole wording rules on one answer, the same for who asks before sending and who enforces."""

from contracts.brands import BrandChanged
from contracts.messages import Labels
from language.wording.rules import Setting, Verdict, check


def verdict_on(
    brand: BrandChanged, text: str, labels: Labels | None, *, is_public: bool = True
) -> Verdict:
    """Return the verdict. The brand's own facts are what it gave out to be said."""
    setting = Setting(
        intent=labels.intent.label if labels else None,
        language=labels.language.label if labels else None,
        is_public=is_public,
        known=[fact.text for fact in brand.voice.facts],
    )
    return check(brand.wording, text, setting=setting)
