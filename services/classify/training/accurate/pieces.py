"""Chooses which of e5's 250,000 pieces are kept, and writes them as a tokenizer. Knows no weights."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from services.classify.training.accurate.pretrained import E5File

MARKS = ("<s>", "<pad>", "</s>", "<unk>")
_SCRIPTS = ("LATIN ", "DIGIT ", "COMBINING ")


def tokenizer(pieces: Sequence[str], scores: Sequence[float]) -> Tokenizer:
    """SentencePiece's unigram pieces over NFKC text, each text between <s> and </s>."""
    made = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=3))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])  # fmt: skip
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    made.decoder = decoders.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return made


def kept(file: E5File, texts: Iterable[str], most: int) -> list[int]:
    """Numbers of at most `most` pieces: the marks, what the texts use, single characters, the likeliest Latin ones."""
    whole = tokenizer(file.pieces, file.scores)
    used: Counter[int] = Counter()
    for each in whole.encode_batch_fast(list(texts), add_special_tokens=False):
        used.update(each.ids)
    chosen = dict.fromkeys(range(len(MARKS)))
    chosen.update(dict.fromkeys(n for n, piece in enumerate(file.pieces) if is_single(piece)))
    for number, _ in used.most_common():
        if len(chosen) < most:
            chosen[number] = None
    for number in sorted(range(len(file.pieces)), key=lambda n: -file.scores[n]):
        if len(chosen) >= most:
            break
        if is_latin(file.pieces[number]):
            chosen[number] = None
    return sorted(chosen)


def is_single(piece: str) -> bool:
    """Whether a piece is one character of an alphabet or a sign: what every word can be spelled with."""
    bare = piece.removeprefix("▁")
    return len(bare) == 1 and not 0x2E80 <= ord(bare) <= 0xD7FF and not 0xF900 <= ord(bare) <= 0xFAFF and ord(bare) < 0x20000  # fmt: skip


def is_latin(piece: str) -> bool:
    """Whether all of a piece is Latin letters, digits or signs below the symbols."""
    bare = piece.removeprefix("▁")
    return all(
        ord(c) < 0x250 or 0x2010 <= ord(c) <= 0x20BF or unicodedata.name(c, "").startswith(_SCRIPTS)
        for c in bare
    )
