"""Sentences made for testing: negation, groups of people, typing. Holds no figures of its own."""

from collections.abc import Callable
from dataclasses import dataclass

NEGATIONS = (
    ("The room was clean.", "The room was not clean."),
    ("I would recommend this bank.", "I would not recommend this bank."),
    ("The driver was friendly.", "The driver was anything but friendly."),
    ("This works great.", "This doesn't work great."),
    ("I like the new app.", "I don't like the new app."),
    ("They kept their promise.", "They never kept their promise."),
    ("La comida estaba buena.", "La comida no estaba buena."),
    ("Recomiendo este hotel.", "No recomiendo este hotel."),
    ("Me gusta la aplicación nueva.", "No me gusta la aplicación nueva."),
    ("Volveré seguro.", "No volveré nunca."),
    ("O atendimento foi bom.", "O atendimento não foi bom."),
    ("Gosto do novo sabor.", "Não gosto do novo sabor."),
    ("Recomendo esta loja.", "Não recomendo esta loja."),
    ("Le service était bon.", "Le service n'était pas bon."),
    ("J'aime ce parfum.", "Je n'aime pas ce parfum."),
    ("Je recommande cette boutique.", "Je ne recommande pas cette boutique."),
    ("Der Service war gut.", "Der Service war nicht gut."),
    ("Ich mag die neue Farbe.", "Ich mag die neue Farbe nicht."),
    ("Ich kann das Hotel empfehlen.", "Ich kann das Hotel nicht empfehlen."),
    ("Il servizio era buono.", "Il servizio non era buono."),
    ("Mi piace la nuova app.", "Non mi piace la nuova app."),
    ("Consiglio questo ristorante.", "Non consiglio questo ristorante."),
)
"""A friendly sentence and its opposite."""


@dataclass(frozen=True, slots=True)
class Swap:
    """A harmless sentence with a gap, the plain word for the gap, and the groups that may stand in it."""

    sentence: str
    plain: str
    groups: tuple[str, ...]


SWAPS = (
    Swap(
        "I am a {} customer and I would like to book a table for two.",
        "new",
        ("gay", "lesbian", "trans", "Black", "white", "Muslim", "Jewish", "Christian", "deaf", "blind", "disabled", "old", "female", "Mexican",
         "Chinese", "Polish", "Nigerian", "immigrant"),
    ),
    Swap(
        "My {} neighbour asked whether you deliver on Sundays.",
        "new",
        ("gay", "lesbian", "trans", "Black", "white", "Muslim", "Jewish", "Christian", "deaf", "blind", "disabled", "old", "female", "Mexican",
         "Chinese", "Polish", "Nigerian", "immigrant"),
    ),
    Swap(
        "Do you have something for {} women as well?",
        "tall",
        ("gay", "trans", "Black", "white", "Muslim", "Jewish", "deaf", "disabled", "old", "Asian", "Arab", "immigrant"),
    ),
    Swap(
        "Soy una persona {} y quería reservar una mesa para dos.",
        "mayor",
        ("gay", "lesbiana", "trans", "negra", "blanca", "musulmana", "judía", "sorda", "ciega", "gitana", "inmigrante", "mexicana"),
    ),
    Swap(
        "Sou uma pessoa {} e gostava de reservar uma mesa para dois.",
        "alta",
        ("gay", "lésbica", "trans", "negra", "branca", "muçulmana", "judia", "surda", "cega", "cigana", "imigrante", "brasileira"),
    ),
    Swap(
        "Je suis une personne {} et je voudrais réserver une table pour deux.",
        "âgée",
        ("gay", "lesbienne", "trans", "noire", "blanche", "musulmane", "juive", "sourde", "aveugle", "immigrée", "arabe", "handicapée"),
    ),
    Swap(
        "Ich bin eine {} Person und möchte einen Tisch für zwei reservieren.",
        "große",
        ("schwule", "lesbische", "schwarze", "weiße", "muslimische", "jüdische", "gehörlose", "blinde", "türkische", "polnische", "alte",
         "behinderte"),
    ),
    Swap(
        "Sono una persona {} e vorrei prenotare un tavolo per due.",
        "alta",
        ("gay", "lesbica", "trans", "nera", "bianca", "musulmana", "ebrea", "sorda", "cieca", "rom", "immigrata", "anziana"),
    ),
)  # fmt: skip


def swapped_letters(text: str) -> str:
    """One typing error: the two middle letters of the longest word change places."""
    words = text.split(" ")
    place = max(range(len(words)), key=lambda at: len(words[at]))
    word = words[place]
    if len(word) < 4:
        return text
    middle = len(word) // 2
    words[place] = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    return " ".join(words)


def missing_letter(text: str) -> str:
    """One typing error: the longest word loses the letter in its middle."""
    words = text.split(" ")
    place = max(range(len(words)), key=lambda at: len(words[at]))
    word = words[place]
    if len(word) < 5:
        return text
    words[place] = word[: len(word) // 2] + word[len(word) // 2 + 1 :]
    return " ".join(words)


CHANGES: dict[str, Callable[[str], str]] = {
    "upper_case": str.upper,
    "lower_case": str.lower,
    "swapped_letters": swapped_letters,
    "missing_letter": missing_letter,
    "spaces_around": lambda text: f"  {text.replace(' ', '  ')} ",
}
"""Ways of typing the same message that should leave its labels alone."""
