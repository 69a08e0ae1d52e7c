"""The models by the names people know them by, loaded when they are first asked for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from contracts.messages import Labels
from services.classify.domain.spending import Bucket
from services.classify.models.accurate import AccurateModel
from services.classify.models.linear import LinearModel, Reading, Thresholds

NAMES = ("fast", "accurate")
FORCED_PER_S = 40.0
FORCED_SAVED = 400.0


class Model(Protocol):
    """What every tier offers."""

    def understand(
        self,
        texts: Sequence[str],
        languages: Sequence[Sequence[str] | None] | None = None,
        thresholds: Sequence[Thresholds | None] | None = None,
        *,
        with_reasons: bool = True,
    ) -> list[tuple[Reading, Labels]]:
        """Return how each text was read and what it means, in order."""
        ...


class Models:
    """One of each, at most."""

    def __init__(self, fast: LinearModel | None = None) -> None:
        self._fast = fast
        self._accurate: AccurateModel | None = None

    def named(self, name: str) -> Model:
        """Return the model of a name out of `NAMES`. Raises ArtefactError when a file does not fit its hash."""
        return self.fast if name == "fast" else self.accurate

    @property
    def accurate(self) -> AccurateModel:
        """The accurate tier."""
        if self._accurate is None:
            self._accurate = AccurateModel.load(self.fast)
        return self._accurate

    @property
    def fast(self) -> LinearModel:
        """The fast tier, which the other is built on."""
        if self._fast is None:
            self._fast = LinearModel.load()
        return self._fast

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The probability below which a head is unsure, where the brand says nothing else."""
        return self.fast.thresholds


class Tiers:
    """Has each brand's messages read by the tier the brand chose; "" is the platform's own choice."""

    def __init__(self, models: Models, usual: Model, now: Callable[[], float]) -> None:
        self._models = models
        self._usual = usual
        self._now = now
        self._bucket = Bucket(FORCED_PER_S, FORCED_SAVED)
        self.thresholds = models.thresholds

    def understand(
        self,
        texts: Sequence[str],
        languages: Sequence[Sequence[str] | None],
        thresholds: Sequence[Thresholds],
        choices: Sequence[str],
    ) -> list[tuple[Reading, Labels]]:
        """Return how each text was read and what it means. A brand that asks for more of the accurate
        tier than there is gets the fast one's labels, which say so."""
        chosen = list(choices)
        wanted = [place for place, choice in enumerate(chosen) if choice == "accurate"]
        if wanted:
            for place in wanted[self._bucket.take(len(wanted), self._now()) :]:
                chosen[place] = "fast"
        found: dict[int, tuple[Reading, Labels]] = {}
        for choice in dict.fromkeys(chosen):
            places = [place for place, one in enumerate(chosen) if one == choice]
            model = self._models.named(choice) if choice else self._usual
            read = model.understand(
                [texts[place] for place in places],
                [languages[place] for place in places],
                [thresholds[place] for place in places],
            )
            found.update(zip(places, read, strict=True))
        return [found[place] for place in range(len(chosen))]
