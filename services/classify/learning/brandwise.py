"""Reads a message as one brand's people would: the model's labels, moved by vocabulary and corrections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contracts.brands import Understanding
from contracts.messages import Head, Labels, Reason
from services.classify.domain.adapting import Adapter
from services.classify.domain.labels import LEARNED
from services.classify.domain.vocabulary import WEIGHT, Said, Vocabulary, Word, moved
from services.classify.models.features import tokens
from services.classify.models.linear import Reading, rulebook_answer

Thresholds = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BrandReader:
    """What one brand adds to the model. Without any of it the model's labels stay as they are."""

    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary(()))
    adapters: Mapping[str, Adapter] = field(default_factory=dict)
    thresholds: Thresholds = field(default_factory=dict)

    def read(self, reading: Reading, labels: Labels, usual: Thresholds) -> Labels:
        """Return the labels for this brand. `usual` are the model's own thresholds."""
        said = self._said(reading)
        if not said and not self.adapters:
            return labels
        words = [token.folded for token in reading.tokens if token.is_word]
        heads: dict[str, Head] = {}
        for name in LEARNED:
            head: Head | None = getattr(labels, name)
            if head is not None:
                changed = self._moved(name, head, words, said)
                if changed is not head:
                    heads[name] = changed
        if not heads:
            return labels
        return self._told(labels, heads, said, {**usual, **self.thresholds})

    def _said(self, reading: Reading) -> list[Said]:
        if not self.vocabulary:
            return []
        words = [Word(one.folded, one.start, one.end) for one in reading.tokens]
        return self.vocabulary.find(words, reading.spoken)

    def _moved(self, name: str, head: Head, words: Sequence[str], said: Sequence[Said]) -> Head:
        p: Mapping[str, float] = head.p
        adapter = self.adapters.get(name)
        if adapter is not None and set(adapter.labels) <= set(p):
            p = adapter.applied(p, words)
        spoken = [one.term.label for one in said if one.term.head == name]
        if spoken:
            p = moved(p, spoken)
        if p is head.p:
            return head
        return Head(label=max(p, key=lambda label: p[label]), p=dict(p))

    def _told(
        self,
        labels: Labels,
        heads: Mapping[str, Head],
        said: Sequence[Said],
        thresholds: Thresholds,
    ) -> Labels:
        rules = [*labels.rules, *(f"vocabulary:{one.term.term}" for one in said)]
        every = {name: heads.get(name) or getattr(labels, name) for name in LEARNED}
        known = {name: head for name, head in every.items() if head is not None}
        needs_human = rulebook_answer(known, labels.rules)
        unsure = [name for name in labels.unsure if name not in heads]
        unsure += [
            name for name, head in heads.items() if head.p[head.label] < thresholds.get(name, 0.0)
        ]
        reasons = [_reason(one) for one in said] + list(labels.reasons)
        told = {"rules": rules, "needs_human": needs_human, "unsure": unsure, "reasons": reasons}
        return labels.model_copy(update={**heads, **told})


def vocabulary_of(understanding: Understanding) -> Vocabulary:
    """Return the brand's terms, compared as the model compares words."""
    return Vocabulary([(one, _words(one.term)) for one in understanding.vocabulary])


def _words(text: str) -> list[str]:
    return [token.folded for token in tokens(text)]


def _reason(said: Said) -> Reason:
    text = said.term.term
    return Reason(head=said.term.head, text=text, start=said.start, end=said.end, weight=WEIGHT)
