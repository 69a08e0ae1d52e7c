"""Says whom a reply greets, and whether that is the author. Knows greetings and titles, no other words."""

import re

from language.care.lexicon import Span
from language.care.text import fold, words

_GREETED = re.compile(
    r"\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hola|buen[oa]s (?:dias|tardes|noches)|estimad[oa]|"
    r"querid[oa]|oi|ola|bom dia|boa (?:tarde|noite)|prezad[oa]|car[oa]|bonjour|bonsoir|salut|chere?|"
    r"hallo|guten (?:tag|morgen|abend)|moin|liebe[rs]?|sehr geehrte[rs]?|ciao|salve|buon(?:giorno|asera)|"
    r"gentile|carissim[oa])(?!\w)[\s,]*(?P<name>[^\W\d_]+(?:[ '-][^\W\d_]+){0,2})\s*(?=[,.:;!\n])"
)
_TITLES_LISTED = (
    "mr mrs ms miss dr sir madam senor senora sr sra don dona seu monsieur madame mademoiselle m mme mlle herr frau "
    "signor signora signore sig dott dottor dottoressa prof professor"
)
_ANYBODY_LISTED = (
    "abonne abonnee all alle amica amico amiga amigo amigos angehorige applicant asegurada asegurado assicurato "
    "associado assure assuree bella burger burgerin candidata candidato carissimi chers client cliente clientes "
    "clients customer customers damen diva eltern everybody everyone fahrgast famiglia familia familias familie "
    "families family fluggast folks freunde friend friends fussballfans gast gaste gentile guapa guapo guest "
    "guests herren hospede ihr inquilina inquilino insegnante kunde kunden kundin leitor leser leserin leute "
    "linda locataire mama mamae mamma member members mieter mieterin mitglied neighbour neighbours nutzer "
    "nutzerin ospite ospiti paciente parents participant pasajera pasajero passageiro passager passeggera "
    "passeggero passenger patient patientin paziente ragazzi reader readers sangesfreund segurado socia socio "
    "sportsfreund student students team teilnehmer teilnehmerin tenant tesoro there todos tous tutti user users "
    "usuaria usuario utente utenti valued vecina vecino versicherte versicherter versicherungsnehmer viaggiatore "
    "viaggiatrice viajera viajero voisin voisine zusammen"
)
_TITLES, _ANYBODY = frozenset(_TITLES_LISTED.split()), frozenset(_ANYBODY_LISTED.split())
_LEAST_LETTERS = 3
_SAME_LETTERS = 3


def misnamed(message: str, reply: str, author_name: str | None) -> Span | None:
    """Return where a reply greets somebody who is not the author; None when it does not or nobody can tell.

    The message is folded, the reply as written: only a word with a capital is a name. A handle with figures or signs
    names nobody, so it is never held against a reply.
    """
    known = words(fold(author_name or ""))
    if not known or not re.fullmatch(r"[^\W\d_]+(?:[ .'-]+[^\W\d_]+)*\.?", author_name or ""):
        return None
    match = _GREETED.match(fold(reply))
    if match is None or not reply[match.start("name")].isupper():
        return None
    called = [word for word in words(match["name"]) if word not in _TITLES]
    if not called or any(len(word) < _LEAST_LETTERS or word in _ANYBODY for word in called):
        return None
    said = set(words(message))
    if any(word in said or any(_alike(word, name) for name in known) for word in called):
        return None
    return Span(match.start("name"), match.end("name"))


def _alike(called: str, name: str) -> bool:
    """Whether one may be short for the other."""
    return called == name or called[:_SAME_LETTERS] == name[:_SAME_LETTERS]
