"""Texts to comparable words: accents and case folded. Knows no brand and no message."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_LINK = re.compile(r"https?://\S+|www\.\S+|\S+@\S+")
LONGEST = 2_000
STOPWORDS = frozenset(
    # Words that fill questions in the six languages and tell nothing about their subject.
    """a about am an and any are as at be been but by can could did do does for from had has have
    hello hey hi how i if in is it its me my of on or our please so that the their there they this
    to was we what when where which who why will with would you your
    al algo alguien como con cual cuando de del desde donde el ella en es esta este estan hay hola
    la las le lo los mas me mi muy no nos para pero por porque que quien se si sin son su sus te
    tiene tienen tengo un una uno y ya yo
    aber als am an anders auch auf aus bei bin bis bitte das dass dem den der des die dir doch ein eine
    einen einem einer er es euch euer eure fur gibt hallo hat habe haben habt ich ihr ihre im in
    ist ja kann kein man mal mein mir mit nach nicht noch nur oder schon sein sich sie sind so und
    uns von vor war was wann warum wenn wer wie wird wo zu zum zur
    alors au aux avec avez bonjour c ce ces cette chez comment d dans de des du elle en est et etes
    il ils j je l la le les leur m ma mais mes mon n ne notre nous on ou par pas plus pour pourquoi
    qu quand que quel quelle quels quelles qui quoi s sa se ses si sont sur t te tu un une vos votre
    vous y
    ai alla anche c che chi ci ciao come con cosa cui da dal dalla dei del della delle di dove e
    gli ha hai ho i il in io la le lo ma mi mia mio ne nel nella no non o per perche piu quale
    quali quando quanto se sei si siete sono su sul tu un una vi voi
    ao aos as com como da das de do dos ela ele em entre essa esse esta este eu foi ha isso ja la
    mais mas me meu minha na nas nao nem no nos o os ola ou para pela pelo por porque qual quando
    que quem se sem ser seu sua tem tenho um uma voce voces""".split()  # noqa: SIM905 - a list of 400 words reads worse
)


def fold(text: str) -> str:
    """Return the text in lower case without accents; ß becomes ss."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """Return the folded words of a text, without links and addresses; at most 2,000 characters are read."""
    return _WORD.findall(fold(_LINK.sub(" ", text[:LONGEST])))


def content_words(text: str) -> list[str]:
    """Return the words that say something, in order."""
    return [word for word in words(text) if word not in STOPWORDS and len(word) > 1]
