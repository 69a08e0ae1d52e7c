"""Texts to comparable words: accents and case folded, stems by language, short pieces. Knows no brand."""

import functools
import re
import threading
import unicodedata

import snowballstemmer

_WORD = re.compile(r"[^\W_]+")
_LINK = re.compile(r"https?://\S+|www\.\S+|\S+@\S+")
LONGEST = 2_000
_PIECE_SIZES = (3, 4, 5)
_STEMMERS = {
    "en": "english", "es": "spanish", "pt": "portuguese", "fr": "french", "de": "german",
    "it": "italian",
}  # fmt: skip
_STEMMING = threading.Lock()
STOPWORDS = frozenset(
    # Words that fill questions in the six languages and tell nothing about their subject.
    """a about am an any and anything are as at be been but by can could did do does for from get got
    had has have hello hey hi how i if in is it its let me my of on or our please s so someone
    something that the their there they this to us was we what when where which who why will with
    would you your t m re ve d ll
    al algo alguien ante como con cual cuales cuando cuanto cuantos de del desde donde el ella en es
    esta este estan hay hola la las le lo los mas me mi muy no nos os para pero por porque que quien
    se si sin son su sus te teneis tengo tiene tienen tus un una uno unos unas vosotros y ya yo
    puedo podeis puede
    aber als am an anders auch auf aus bei bin bis bitte das dass dem den der des die dir doch ein
    eine einen einem einer er es euch euer eure fur gibt hallo hat habe haben habt ich ihr ihre im in
    ist ja kann kein konnt man mal mein meine mir mit nach nicht noch nur oder schon sein sich sie
    sind so und uns von vor war was wann warum wenn wer wie wird wo zu zum zur
    alors au aux avec avez bonjour c ce ces cette chez comment combien d dans de des du elle en est et
    etes il ils j je l la le les leur ma mais mes mon n ne notre nous on ou par pas peut plus pour
    pourquoi puis qu quand que quel quelle quels quelles qui quoi sa se ses si sont sur te tu un une
    vos votre vous y
    ai alla anche c che chi ci ciao come con cosa cui da dal dalla dei del della delle di dove e
    gli ha hai ho i il in io la le lo ma mi mia mio ne nel nella no non o per perche piu posso quale
    quali quando quanto se sei si siete sono su sul tu un una vi voi
    ao aos as com como da das de do dos ela ele em entre essa esse esta este eu foi ha isso ja la
    mais mas me meu minha na nas nao nem no nos o os ola ou para pela pelo por porque posso qual
    quando quanto que quem se sem ser seu sua tem tenho um uma voce voces""".split()  # noqa: SIM905 - a list of 400 words reads worse
)


def fold(text: str) -> str:
    """Return the text in lower case without accents; ß becomes ss."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """Return the folded words of a text, without links and addresses; at most 2,000 characters are read."""
    return _WORD.findall(fold(_LINK.sub(" ", text[:LONGEST])))


def content_words(text: str) -> list[str]:
    """Return the folded words that say something, in order."""
    return [word for word in words(text) if is_content(word)]


def is_content(word: str) -> bool:
    """Say whether a folded word tells something about a subject."""
    return word not in STOPWORDS and (len(word) > 1 or word.isdigit())


def stems(text: str, language: str) -> list[str]:
    """Return the stems of the words that say something, in order; words of other languages as they are."""
    spoken = _WORD.findall(_LINK.sub(" ", text[:LONGEST]).casefold())
    return [stem(word, language) for word in spoken if is_content(fold(word))]


@functools.lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """Return what the inflected forms of a word in lower case share, folded."""
    name = _STEMMERS.get(language)
    if name is None:
        return fold(word)
    # One stemmer serves all threads, and it keeps its state in itself.
    with _STEMMING:
        stemmed: str = _stemmer(name).stemWord(word)
    return fold(stemmed)


@functools.cache
def _stemmer(name: str) -> "snowballstemmer.stemmer":
    return snowballstemmer.stemmer(name)


def pieces(text: str) -> list[str]:
    """Return the short pieces of the words that say something: related words of two languages share some."""
    found: list[str] = []
    for word in content_words(text):
        framed = f"^{word}$"
        found += (
            framed[at : at + size]
            for size in _PIECE_SIZES
            for at in range(max(1, len(framed) - size + 1))
        )
    return found
