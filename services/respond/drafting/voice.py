"""A brand's voice made ready to compose with: its languages, phrases and facts, indexed once a revision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.brands import BrandChanged, Policy
from contracts.knowledge import Entry
from contracts.messages import Labels
from language.knowledge.search import Knowledge, Tools
from services.respond.drafting.grounding import Grounds, entry_of
from services.respond.drafting.phrasebook import Language, PhraseBook

_SURE_OF_LANGUAGE = 0.6
# A guess among the brand's own languages counts when it leads the next by this much.
_LIKELY_LANGUAGE, _LEAD = 0.25, 1.5


@dataclass(frozen=True, slots=True)
class Voice:
    """What the composer needs of a brand."""

    brand_id: str
    agency_id: str
    name: str
    revision: int
    policy: Policy
    signature: str
    uses_emoji: bool
    own_languages: tuple[str, ...]
    languages: PhraseBook
    grounds: Grounds
    entries: tuple[Entry, ...]
    brand: BrandChanged

    def policy_for(self, network: str) -> Policy:
        """Return the rules for answers at this network; what stops the brand stops all of them."""
        policy = self.brand.policy_for(network)
        if self.policy.is_automatic_stopped and not policy.is_automatic_stopped:
            return policy.model_copy(update={"is_automatic_stopped": True})
        return policy

    def language_for(self, labels: Labels) -> Language:
        """Return the author's language; where it is unsure, the likeliest of the brand's own."""
        label = labels.language.label
        is_sure = labels.language.p.get(label, 0.0) >= _SURE_OF_LANGUAGE
        if label in self.languages and (is_sure or label in self.own_languages):
            return self.languages[label]
        return self._likeliest(labels.language.p) or self.first_language

    def is_sure_of_language(self, labels: Labels) -> bool:
        """Say whether the author's language is one of the brand's and no guess."""
        label = labels.language.label
        return label in self.own_languages and labels.language.p.get(label, 0) >= _SURE_OF_LANGUAGE

    def disclosure_in(self, code: str) -> str:
        """Return the sentence that says that no person wrote an answer in this language."""
        return self.languages.get(code, self.first_language).disclosure

    def _likeliest(self, shares: Mapping[str, float]) -> Language | None:
        spoken = [code for code in self.own_languages if code in self.languages]
        ranked = sorted(spoken, key=lambda code: -shares.get(code, 0.0))
        best, second = ([shares.get(code, 0.0) for code in ranked] + [0.0, 0.0])[:2]
        is_ahead = best >= _LIKELY_LANGUAGE and best >= _LEAD * second
        return self.languages[ranked[0]] if is_ahead else None

    @property
    def first_language(self) -> Language:
        """The brand's first language that can be spoken; English when there is none."""
        spoken = (self.languages[code] for code in self.own_languages if code in self.languages)
        return next(spoken, self.languages["en"])


def make_voice(
    brand: BrandChanged,
    book: PhraseBook,
    entries: Sequence[Entry] = (),
    tools: Tools | None = None,
) -> Voice:
    """Index a brand's phrases and knowledge: the facts of its voice and the `entries` kept beside them."""
    languages = dict(book)
    for phrases in brand.voice.phrases:
        # Without sentences of ours in that language a brand's phrases alone make no answer.
        bones = book.get(phrases.language)
        if bones is not None:
            languages[phrases.language] = bones.spoken_by(phrases, brand.brand_id)
    known = {fact.fact_id: entry_of(fact) for fact in brand.voice.facts}
    known.update((entry.entry_id, entry) for entry in entries)
    everything = tuple(known.values())
    return Voice(
        brand_id=brand.brand_id,
        agency_id=brand.agency_id,
        name=brand.name,
        revision=brand.revision,
        policy=brand.policy,
        signature=brand.voice.signature.strip(),
        uses_emoji=brand.voice.uses_emoji,
        own_languages=tuple(
            dict.fromkeys([*brand.languages, *(p.language for p in brand.voice.phrases)])
        ),
        languages=languages,
        grounds=Grounds(Knowledge(everything, tools), everything),
        entries=everything,
        brand=brand,
    )
