"""Words that bind a brand: money back, gifts, guarantees, blame, and what only somebody with a password would ask."""

import re

from language.knowledge.words import fold

_WORDS = {
    "refund": r"refund\w*|reimburs\w*|money back|reembols\w*|devolv\w+ (?:el|o) dinero|devoluc\w*|devoluci\w*|rembours\w*"
    r"|erstatt\w*|geld zuruck|ruckzahl\w*|rimbors\w*|indietro i soldi|chargeback",
    "discount": r"discount\w*|% off|half price|descuent\w*|rebaj\w*|descont\w*|reduction\w*|remise\w*|rabais|rabatt\w*"
    r"|nachlass|ermassig\w*|scont\w*|promo\w*|coupon\w*|cupon\w*|cupom|gutschein\w*|voucher\w*|buono|buoni|bon d achat|vale",
    "gift": r"for free|free of charge|free \w+|gratis|gratuit\w*|kostenlos\w*|umsonst|geschenk\w*|regal\w*|omaggio|offert[sae]?\b|cadeau\w*|gift\w*|brinde\w*",
    "compensation": r"compensat\w*|compens\w*|indemni\w*|entschadig\w*|schadenersatz|risarc\w*|indenni\w*|damages",
    "guarantee": r"guarante\w*|garanti\w*|garantier\w*|garanz\w*|we promise|prometemos|promettons|versprechen|promettiamo",
    "blame": r"our fault|we are liable|liab\w*|negligen\w*|illegal\w*|lawsuit|nuestra culpa|nossa culpa|notre faute|unsere schuld"
    r"|colpa nostra|scam\w*|estafa\w*|betrug\w*|arnaque\w*|truffa\w*|fraud\w*",
    "recall": r"recall\w*|unsafe|poison\w*|toxic\w*|retirada del producto|ruckruf\w*|rappel de produit|giftig\w*|veneno\w*",
    "secrets": r"password\w*|passwor[dt]\w*|contrasena\w*|senha\w*|mot de passe|kennwort\w*|\bpin\b|\bcvv\b|\biban\b|card number|credit card|api.?key"
    r"|numero de tarjeta|numero do cartao|numero de carte|kartennummer|numero della carta|one.time code|verification code",
    "approved": r"approved|aprobad\w*|aprovad\w*|approuv\w*|genehmigt|approvat\w*|you (?:have )?won|ganado|ganhou|gagne|gewonnen|vinto",
    "health": r"cures?\b|heals?\b|\bcura\b|guerit|heilt|guarisce|stop taking|medication",
    "elsewhere": r"whats ?app|telegram|signal app|bitcoin|crypto\w*|paypal|western union|wire transfer|gift ?card\w*",
}
_FOUND = {name: re.compile(rf"\b(?:{words})", re.IGNORECASE) for name, words in _WORDS.items()}


def commitments(text: str) -> frozenset[str]:
    """Return the kinds of commitment that a text speaks of, in any of the six languages."""
    plain = fold(text)
    return frozenset(name for name, pattern in _FOUND.items() if pattern.search(plain))
