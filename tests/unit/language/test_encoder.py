"""The encoder finds what means the same, gives one answer however it is asked, and refuses files that were changed."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from language.encoders.encoder import FOLDER, Encoder
from language.encoders.files import FileError
from language.encoders.matrices import pack, unpacked, whole_numbers
from language.encoders.spelling import spelled

ODD = [
    "",
    " ",
    "a",
    "😂😂😂",
    "x" * 100_000,
    "z̸̛̞a̶͓̎l̵g̷o̸" * 40,
    "مرحبا بالعالم",
    "\ud800 lone",
    "\x00\x01",
    "日本語のテキスト",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


def test_vectors_are_unit_length_whatever_the_text(encoder: Encoder) -> None:
    found = encoder.vectors(ODD)
    assert found.shape == (len(ODD), 384)
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-4)
    assert encoder.vectors([]).shape == (0, 384)


def test_a_text_gets_the_same_vector_alone_and_in_a_batch(encoder: Encoder) -> None:
    texts = [
        "¿Dónde está mi pedido?",
        "ok",
        "Das Paket ist seit drei Wochen unterwegs und niemand antwortet",
    ]
    alone = np.concatenate([encoder.vectors([text]) for text in texts])
    assert np.allclose(encoder.vectors(texts), alone, atol=1e-4)


@pytest.mark.parametrize(
    ("question", "best"),
    [("How long does delivery take?", 0), ("¿Puedo devolver el producto?", 1), ("Wann habt ihr geöffnet?", 2)],
)  # fmt: skip
def test_a_question_finds_its_passage_across_languages(
    encoder: Encoder, question: str, best: int
) -> None:
    passages = ["Orders arrive within three to five working days.", "Returns are free for thirty days.",
                "Our shop is open from nine to six."]  # fmt: skip
    scores = encoder.vectors(passages, "passage") @ encoder.vectors([question])[0]
    assert int(scores.argmax()) == best


@pytest.mark.parametrize("name", ["trunk.npz", "upper.npz", "pieces.vocab"])
def test_a_cut_altered_or_missing_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "encoders"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    with pytest.raises(FileError, match=f"{name}.*does not fit its card: sha256 is "):
        Encoder(folder)
    (folder / name).unlink()
    with pytest.raises(FileError, match=f"{name} is missing"):
        Encoder(folder)


def test_matrices_come_back_from_four_bits() -> None:
    codes = np.arange(32, dtype=np.uint8).reshape(1, 2, 16) * 7
    rows = unpacked(codes, np.ones((1, 2), dtype=np.float16))
    assert rows.shape == (1, 64)
    assert rows[0, 0] == -8.0
    numbers, scales = whole_numbers(rows)
    assert numbers.shape == (64, 1)
    assert np.allclose(numbers[:, 0] * scales[0], rows[0], atol=scales[0])
    assert pack({"a": rows}) == pack({"a": rows})


def test_emoji_are_spelled_out_unless_they_are_known() -> None:
    assert spelled("so funny 😂") == "so funny face with tears of joy"
    assert spelled("so funny 😂", {"😂"}) == "so funny 😂"
    assert spelled("@ana_b look https://x.y/z") == "@user look http"
    assert spelled("mail ana@b.c") == "mail ana@b.c"
