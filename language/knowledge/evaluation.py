"""How well questions find their answers, over our own test questions. Run: python -m language.knowledge.evaluation"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from language.knowledge.loading import load_tools
from language.knowledge.questions import Question, read_brands, read_questions
from language.knowledge.search import Knowledge, Tools


@dataclass(frozen=True, slots=True)
class Result:
    """What was found for a question. `is_crossing`: no entry that answers it is in its language."""

    question: Question
    found: list[str]
    ranked: list[str]
    took_s: float
    is_crossing: bool

    @property
    def is_first(self) -> bool:
        """Say whether the first entry answers the question."""
        return bool(self.question.answers.intersection(self.found[:1]))

    @property
    def is_in_three(self) -> bool:
        """Say whether one of the first three answers the question."""
        return bool(self.question.answers.intersection(self.found[:3]))


def measure(questions: Sequence[Question], tools: Tools) -> list[Result]:
    """Ask every question."""
    brands = read_brands()
    wanted = {one.brand for one in questions}
    known = {name: Knowledge(brands[name], tools) for name in wanted}
    languages = {
        name: {entry.entry_id: entry.language for entry in brands[name]} for name in wanted
    }
    results = []
    for one in questions:
        started = time.perf_counter()
        found = [match.entry_id for match in known[one.brand].find(one.text, one.language)]
        took_s = time.perf_counter() - started
        ranked = [match.entry_id for match in known[one.brand].rank(one.text, one.language)[0]]
        spoken = {languages[one.brand][entry_id] for entry_id in one.answers}
        is_crossing = bool(one.answers) and one.language not in spoken
        results.append(Result(one, found, ranked, took_s, is_crossing))
    return results


def report(title: str, results: Sequence[Result]) -> str:
    """Return one line of figures."""
    asked = [one for one in results if one.question.answers]
    others = [one for one in results if not one.question.answers]
    refused = _share(others, lambda one: not one.found)
    ranked = _share(asked, lambda one: one.ranked[0] in one.question.answers)
    ranked_three = _share(asked, lambda one: bool(one.question.answers & set(one.ranked[:3])))
    return (
        f"{title:18}{len(asked):6}{_share(asked, lambda one: one.is_first):9}"
        f"{_share(asked, lambda one: one.is_in_three):9}{ranked:9}{ranked_three:9}"
        f"{len(others):7}{refused:9}"
    )


def _share(results: Sequence[Result], holds: Callable[[Result], bool]) -> str:
    return f"{sum(map(holds, results)) / len(results):.3f}" if results else "-"


def main() -> None:
    """Print the figures, with the encoder and without."""
    questions = read_questions("test")
    for title, tools in (("with meanings", load_tools()), ("words only", Tools())):
        results = measure(questions, tools)
        print(f"\nRetrieval, {title}: {len(questions)} test questions in six languages")  # noqa: T201
        print(  # noqa: T201
            f"{'':18}{'asked':>6}{'first':>9}{'in 3':>9}{'ranked':>9}{'in 3':>9}{'no ans':>7}{'refused':>9}"
        )
        print(report("all", results))  # noqa: T201
        for language in ("en", "es", "pt", "fr", "de", "it"):
            print(report(language, [r for r in results if r.question.language == language]))  # noqa: T201
        print(report("across languages", [r for r in results if r.is_crossing]))  # noqa: T201
        print(report("same language", [r for r in results if not r.is_crossing]))  # noqa: T201
        took = sorted(one.took_s for one in results)
        print(  # noqa: T201
            f"time: median {took[len(took) // 2] * 1000:.1f} ms, "
            f"p99 {took[int(len(took) * 0.99)] * 1000:.1f} ms"
        )
    print("first, in 3: as answered, with refusals; ranked: before refusals")  # noqa: T201


if __name__ == "__main__":
    main()
