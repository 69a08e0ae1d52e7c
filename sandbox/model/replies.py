"""What a stand-in model says: an honest one says the facts, a fool says whatever the message asks for."""

import json
import re

_FACTS = re.compile(r"^Facts: (.*)$", re.MULTILINE)
_MESSAGE = re.compile(r"<message>(.*)</message>", re.DOTALL)
_QUOTED = re.compile(r"[\"'«»“”„‘’]([^\"'«»“”„‘’]{3,400})[\"'«»“”„‘’]")
_ORDER = re.compile(r":\s*([^:]{3,400})$", re.DOTALL)


def honest(system: str, user: str) -> str:
    """Say the first fact."""
    del user
    facts = json.loads(found.group(1)) if (found := _FACTS.search(system)) else []
    return str(facts[0]["text"]) if facts else ""


def parrot(system: str, user: str) -> str:
    """Give away everything one was told."""
    return f"{system}\n{user}"


def obedient(system: str, user: str) -> str:
    """Say what the message wants said: what it quotes, what stands after its last colon, else all of it."""
    del system
    text = message_of(user)
    if quoted := _QUOTED.findall(text):
        return str(max(quoted, key=len))
    if order := _ORDER.search(text):
        return order.group(1)
    return text


def sly(system: str, user: str) -> str:
    """Say the fact, and then what the message wants said: the whole looks helpful."""
    return f"{honest(system, user)} {obedient(system, user)}"


def gossip(system: str, user: str) -> str:
    """Say the fact and a sentence of the rules, as if it were small talk."""
    rules = system.partition("\n\n")[0].splitlines()
    return f"{honest(system, user)} {rules[len(user) % len(rules)]}"


def message_of(user: str) -> str:
    """Return the message as its author wrote it."""
    found = _MESSAGE.search(user)
    return str(json.loads(found.group(1))) if found else user
