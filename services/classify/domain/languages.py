"""Decides the language of a message from an identifier's guesses. Does not identify anything itself."""

import functools
import math
from collections.abc import Mapping, Sequence

from services.classify.domain.words.function import WORDS

EXPECTED = ("en", "es", "pt", "fr", "de", "it", "nl")
UNDECIDED = "und"
_SURE = 0.8  # what a language nobody expects must reach
_ENOUGH = 0.6
_DOUBT = 0.05  # no language a brand expects is ruled out by the identifier alone
_SMALL_WORD = 1.25  # what a small word of one language only multiplies the odds by, as a logarithm
_MOST_SMALL_WORDS = 6.0
_TELLING = 0.9
_GALICIAN_AND_KIN = {"gl": "pt", "ast": "es", "ca": "es", "an": "es", "oc": "fr", "als": "de", "nds": "de", "bar": "de",
                     "sco": "en", "vec": "it", "lmo": "it", "scn": "it", "nap": "it", "pms": "it"}  # fmt: skip
_SHORT = {
    "en": "thanks, thank you, thx, love it, love this, love, great, amazing, awesome, nice, beautiful, so good, wow nice,"
    " price, how much, sorry, help, please, yes please, yum, good morning, happy birthday, well done, first, worst, scam,"
    " refund, shame, broken, lovely, gorgeous, perfect, cool, following, same here, same, the best, good, congrats, hello,"
    " awful, terrible, disgusting, delicious, want, need this, need, yes, what, why, when, where, link please, too expensive",
    "es": "gracias, muchas gracias, mil gracias, hola, buenos dias, buenas, precio, cuanto, cuanto cuesta, me encanta,"
    " hermoso, hermosa, que lindo, que rico, felicidades, genial, ladrones, estafa, verguenza, estafadores, muy bueno,"
    " buenisimo, buenisima, excelente, ayuda, por favor, porfa, jajaja, jaja, lo quiero, bonito, precioso, preciosa,"
    " que asco, riquisimo, feliz cumpleanos, chulo, info, informacion, presente, donde, cuando, guapa, que bonito, vergonzoso",
    "pt": "obrigado, obrigada, muito obrigado, muito obrigada, ola, oi, bom dia, boa tarde, boa noite, preco, quanto, quanto custa,"
    " amei, adorei, lindo demais, que lindo, linda demais, parabens, maravilhoso, otimo, valeu, golpe, ladroes, vergonha,"
    " kkk, kkkk, kkkkk, delicia, que delicia, quero, eu quero, lindo, linda, perfeito, excelente, pessimo, absurdo, ajuda,"
    " sextou, onde, feliz aniversario, muito bom, bom demais, que vergonha, incrivel, sensacional, valor",
    "fr": "merci, merci beaucoup, bonjour, salut, bonsoir, prix, combien, c est combien, j adore, magnifique, superbe, genial,"
    " trop bien, trop beau, felicitations, bravo, arnaque, voleurs, honte, la honte, honteux, mdr, ptdr, svp, s il vous plait,"
    " joyeux anniversaire, parfait, excellent, nul, degueulasse, trop bon, coucou, jolie, tres bien, pourquoi, quand, prems",
    "de": "danke, vielen dank, dankeschon, hallo, guten morgen, guten tag, moin, preis, wie viel, wieviel, was kostet das,"
    " liebe es, toll, wunderschon, super schon, lecker, sehr lecker, mega, geil, abzocke, betrug, schade, bitte, hilfe, gerne,"
    " sehr gut, spitze, klasse, glückwunsch, gluckwunsch, schon, warum, wann, wo, schrecklich, furchtbar, frechheit, na toll,"
    " alles gute, hammer, traumhaft, saftladen, wie geil, so schon",
    "it": "grazie, grazie mille, mille grazie, ciao, buongiorno, buonasera, salve, prezzo, quanto, quanto costa, bellissimo,"
    " bellissima, bellissimi, bellissime, stupendo, stupenda, meraviglioso, meravigliosa, complimenti, bravi, bravissimi,"
    " buonissimo, buonissima, truffa, ladri, vergogna, vergognatevi, che schifo, schifo, per favore, adoro, che bello, aiuto,"
    " buon compleanno, auguri, squisito, spettacolo, spettacolare, perche, quando, dove, ottimo, pessimo, lo voglio, che bella",
    "nl": "bedankt, dank je, dank je wel, dankjewel, hoi, goedemorgen, prijs, hoeveel, mooi, heel mooi, lekker, geweldig, alsjeblieft",
}


@functools.cache
def _short_messages() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, phrases in _SHORT.items():
        for phrase in phrases.split(","):
            found[phrase.strip()] = (*found.get(phrase.strip(), ()), language)
    return found


def decide(
    words: Sequence[str], guesses: Mapping[str, float], expected: Sequence[str] | None
) -> dict[str, float]:
    """Probabilities by language, summing to 1, `und` among them; the highest is the answer.

    `words` are the folded words of the message (mentions, links and emoji left out), `guesses` the identifier's
    probabilities, `expected` the brand's languages (None: the usual ones).
    """
    if not any(map(str.isalpha, "".join(words))):
        return {UNDECIDED: 1.0}
    wanted = tuple(expected or EXPECTED)
    known = [
        language for language in _short_messages().get(" ".join(words), ()) if language in wanted
    ]
    if known:
        share = round(0.95 / len(known), 4)
        return _rest(dict.fromkeys(known, share))
    shares = _shares(guesses, wanted)
    heard = _small_words(words, wanted)
    if max(heard.values(), default=0.0) >= _TELLING:
        shares = _weighed(shares, heard)
    total = sum(shares.values())
    if len(words) < 3:
        # One or two words: renormalising would make a guess look like knowledge.
        return _rest(shares)
    scale = 1.0 / total if total > 0.3 else 1.0
    return _rest({language: share * scale * 0.99 for language, share in shares.items()})


@functools.lru_cache(maxsize=20_000)
def _homes(word: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The languages out of these that use this small word."""
    known = _small_word_sets()
    return tuple(language for language in wanted if word in known.get(language, ()))


@functools.cache
def _small_word_sets() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split(", ")) for language, words in WORDS.items()}


def _small_words(words: Sequence[str], wanted: tuple[str, ...]) -> dict[str, float]:
    """How many small words speak for each language; a word of several languages counts a part for each."""
    found = dict.fromkeys(wanted, 0.0)
    for word in words:
        homes = _homes(word, wanted)
        for language in homes:
            found[language] += 1.0 / len(homes)
    return found


def _weighed(shares: Mapping[str, float], heard: Mapping[str, float]) -> dict[str, float]:
    """The identifier's shares times what the small words say, summing to 1."""
    most = max(heard.values())
    scale = _SMALL_WORD * min(1.0, _MOST_SMALL_WORDS / most)
    weighed = {
        language: (shares.get(language, 0.0) + _DOUBT) * math.exp(scale * count)
        for language, count in heard.items()
    }
    strangers = {language: share for language, share in shares.items() if language not in heard}
    total = sum(weighed.values()) + sum(strangers.values())
    return {language: share / total for language, share in {**weighed, **strangers}.items()}


def _shares(guesses: Mapping[str, float], wanted: Sequence[str]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for language, share in guesses.items():
        kin = _GALICIAN_AND_KIN.get(language, language)
        home = language if language in wanted else kin
        if home in wanted or share >= _SURE:
            shares[home] = shares.get(home, 0.0) + share
    return shares


def _rest(shares: Mapping[str, float]) -> dict[str, float]:
    """Rounded shares plus `und`; a best share under 0.6 hands the lead to `und`."""
    kept = {
        language: round(min(share, 1.0), 4) for language, share in shares.items() if share >= 0.01
    }
    best = max(kept.values(), default=0.0)
    if best < _ENOUGH:
        kept = {
            language: round(share * 0.49 / max(best, 0.49), 4) for language, share in kept.items()
        }
        total = sum(kept.values())
        if total > 0.5:
            kept = {language: round(share * 0.49 / total, 4) for language, share in kept.items()}
    kept[UNDECIDED] = max(0.0, round(1.0 - sum(kept.values()), 4))
    return kept
