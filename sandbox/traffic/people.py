"""The invented people and how each of them types; names are made up, hosts end in .example."""

import json
import random
from importlib.resources import files

from sandbox.models import Network, Person

_HOSTS = ("toot.example", "social.example", None, None, None)
_OPENERS = {
    "es": ("Hola! ", "Buenas, "),
    "pt": ("Oi! ", "Olá, "),
    "en": ("Hi, ", "Hey! "),
    "de": ("Moin, ", "Hallo, "),
    "fr": ("Bonjour, ", "Coucou, "),
    "it": ("Ciao! ", "Salve, "),
}
_GREETED = (
    *(one.strip(" ,!").lower() for pair in _OPENERS.values() for one in pair),
    *("buenas", "boa tarde", "hello", "guten", "bonsoir", "buongiorno"),
)


def read_people(network: Network) -> list[Person]:
    """Everybody, with ids in the network's form; the same people live at both networks."""
    text = (files("sandbox") / "texts" / "people.json").read_text("utf-8")
    found: list[Person] = []
    for language, rows in json.loads(text).items():
        for name, handle, temperament in rows:
            number = len(found) + 1
            is_facebook = network == "facebook"
            found.append(
                Person(
                    id=str((24500000000000000 if is_facebook else 117030000000000000) + number),
                    name=name,
                    handle=handle,
                    language=language,
                    temperament=temperament,
                    host=None if is_facebook else _HOSTS[number % len(_HOSTS)],
                    is_private=is_facebook and number % 13 == 0,
                )
            )
    return found


def say(person: Person, text: str, die: random.Random, *, is_upset: bool = False) -> str:
    """The text as this person types it: chatty people greet, impatient ones shout or skip capitals."""
    roll = die.random()
    is_greeted = text.lower().startswith(_GREETED)
    if person.temperament == "chatty" and roll < 0.5 and not is_greeted:
        return die.choice(_OPENERS[person.language]) + text
    if person.temperament == "warm" and roll < 0.25 and not is_upset:
        return text + die.choice((" 😊", " 🙏", " ☺️"))
    if person.temperament == "impatient" and roll < 0.25:
        return text.rstrip(".") + die.choice(("!!", "...", "!!!"))
    return text


def slip(text: str, die: random.Random) -> str:
    """Two neighbouring letters swapped in one longer word; links and numbers stay whole."""
    words = text.split(" ")
    long = [n for n, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if not long:
        return text
    at = die.choice(long)
    word, cut = words[at], die.randrange(1, len(words[at]) - 2)
    words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)
