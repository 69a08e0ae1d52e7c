"""What every figure must reach (floor), should reach (target), and what others published. Computes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Limit:
    """One line of the report. `path` leads to the value in a tier's figures; `most` says that less is better."""

    name: str
    path: tuple[str, ...]
    floors: Mapping[str, float]
    targets: Mapping[str, float]
    reference: str
    kind: Literal["least", "most"] = "least"

    def missed(self, tier: str, figures: Mapping[str, Any]) -> str | None:
        """One sentence when the figure is there and on the wrong side of the floor."""
        value, floor = value_at(figures, self.path), self.floors.get(tier)
        if value is None or floor is None:
            return None
        if value >= floor if self.kind == "least" else value <= floor:
            return None
        word = "under" if self.kind == "least" else "over"
        return f"{tier}: {self.name} is {value:g}, {word} the floor {floor:g}"


def _both(fast: float, accurate: float) -> dict[str, float]:
    return {"fast": fast, "accurate": accurate, "cascade": fast}


def _all(value: float) -> dict[str, float]:
    return {"fast": value, "accurate": value, "cascade": value}


def _set(name: str) -> tuple[str, ...]:
    return ("published", name, "figure", "value")


LIMITS = (
    Limit("sentiment, TweetEval (macro recall)", _set("sentiment"), _both(63.0, 68.5), _both(66.0, 71.5),
          "RoBERTa-base 71.3, BERTweet 73.4, FastText 62.9"),
    Limit("emotion, TweetEval (macro F1)", _set("emotion"), _both(69.0, 76.0), _both(72.5, 80.0),
          "RoBERTa-base 76.1, BERTweet 79.3, FastText 65.2"),
    Limit("offensive, TweetEval (macro F1)", _set("offensive"), _both(73.5, 78.0), _both(75.5, 80.5),
          "RoBERTa-base 79.5, BERTweet 79.5, FastText 73.4"),
    Limit("irony, TweetEval (F1 of irony)", _set("irony"), _both(62.0, 66.5), _both(65.0, 71.0),
          "RoBERTa-base 59.7, BERTweet 82.1, FastText 63.1"),
    Limit("sentiment, UMSAB Spanish (macro F1)", _set("umsab_es"), _both(55.0, 61.0), _both(58.0, 66.0),
          "XLM-R 66.0, FastText 50.1"),
    Limit("sentiment, UMSAB mean of six (macro F1)", ("umsab_mean_of_six", "value"), _both(59.0, 66.0), _both(62.0, 69.5),
          "XLM-R 69.4, XLM-Twitter 71.9, FastText 54.2"),
    Limit("spam, SMS (F1 of spam)", _set("spam"), _both(95.0, 96.0), {}, "98-99 accuracy commonly reported"),
    Limit("Banking77 (accuracy, linear head on the tier's features)", ("banking77", "figure", "value"), _both(91.0, 92.0), {},
          "BERT-base fine-tuned 92.6-93.1"),
    Limit("CLINC150 (accuracy in scope, linear head)", ("clinc150", "in_scope", "value"), _both(92.0, 93.0), {},
          "mpnet + SVM 92.0 overall, BERT 96.9"),
    Limit("CLINC150 (out of scope caught at 95 % kept)", ("clinc150", "oos", "value"), _both(79.0, 80.0), {},
          "BERT 40 oos recall as a class"),
    Limit("own messages: intent (macro F1)", ("own", "intent", "figure", "value"), _both(75.0, 82.0), {}, "second reader: see below"),
    Limit("own messages: urgency within one step", ("own", "urgency", "figure", "value"), _both(95.0, 97.0), {}, ""),
    Limit("own messages: needs a human (recall at precision 0.8)", ("own", "needs_human", "figure", "value"), _both(85.0, 90.0), {}, ""),
    Limit("language of three words and more, UMSAB, six languages", ("language", "figure", "value"), _all(95.0), {}, "lingua high 97.1"),
    Limit("calibration of sentiment (ECE)", ("published", "sentiment", "calibration", "ece"), _all(0.05), {},
          "0.022 fine-tuned MiniLM", "most"),
    Limit("sentiment: points gained on the surest 70 %", ("published", "sentiment", "surest", "gain"), _all(5.0), {},
          "6.2 from 63.0 with a linear model"),
    Limit("groups of people: sentences whose P(offensive) moves by 0.1 at most (%)", ("identity", "within_0.1"), {}, _all(100.0), ""),
    Limit("messages/s, batch of 256, one core", ("resources", "throughput_cpu", "256"), {"fast": 5_000.0, "accurate": 100.0}, {},
          "row 12 of the experiments: 9,500"),
    Limit("messages/s, one at a time, one core", ("resources", "throughput_cpu", "1"), {"fast": 2_500.0}, {},
          "row 12 of the experiments: 4,700"),
    Limit("seconds to load and answer once", ("resources", "load_cpu_s"), {"fast": 1.0, "accurate": 2.0}, {}, "", "most"),
    Limit("memory at its peak (MB)", ("resources", "rss_mb"), {"fast": 250.0, "accurate": 500.0}, {}, "", "most"),
    Limit("one message of 100,000 letters (ms)", ("resources", "huge_ms"), {"fast": 50.0}, {}, "", "most"),
    Limit("our training messages that a test split has too", ("leaks", "own"), _all(0.0), {}, "", "most"),
    Limit("models trained on another version of our messages", ("leaks", "outdated"), _all(0.0), {}, "", "most"),
    Limit("UMSAB English training messages that TweetEval tests", ("leaks", "umsab_english_in_tweeteval"), {}, _all(0.0), "", "most"),
)  # fmt: skip
"""Every line of the report. A figure that the model cannot give (no such head yet) is left out, not failed."""


def value_at(figures: Mapping[str, Any], path: Sequence[str]) -> float | None:
    """The number at the end of the path; None where the path breaks off."""
    found: Any = figures
    for key in path:
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return float(found)


def missed(tier: str, figures: Mapping[str, Any]) -> list[str]:
    """The floors that do not hold, one sentence each."""
    sentences = (limit.missed(tier, figures) for limit in LIMITS)
    return [sentence for sentence in sentences if sentence]
