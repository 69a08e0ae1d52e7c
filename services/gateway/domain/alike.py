"""Groups of alike messages: which say the same in other words. Bounded work, no order of luck. Pure."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

LIKENESS = 0.22
MOST_TEXTS = 4_000
MOST_WORDS = 60
MOST_POSTINGS = 250
_NOISE = re.compile(r"https?://\S+|[@#]\S+|\d+")
_WORD = re.compile(r"[^\W_]{2,}")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


@dataclass(slots=True)
class Group:
    """Alike texts by their place in the list, the first of them is what the others were compared with."""

    members: list[int]
    words: frozenset[str]
    weight: float
    counts: Counter[str] = field(default_factory=Counter)


def words_of(text: str) -> frozenset[str]:
    """Return what a text is compared by: its words, or pairs of letters where no spaces are written."""
    plain = _NOISE.sub(" ", text.casefold())
    words: list[str] = []
    for word in _WORD.findall(plain):
        is_unspaced = bool(_UNSPACED.search(word)) and len(word) > 2
        words += [word[at : at + 2] for at in range(len(word) - 1)] if is_unspaced else [word[:24]]
    return frozenset(words[:MOST_WORDS])


def groups_of(texts: Sequence[str], likeness: float = LIKENESS) -> list[Group]:
    """Return groups of alike texts, the greatest first; at most 4,000 texts are looked at.

    Each text joins the group whose first text it is most like (weighted Jaccard: rare words weigh
    more), if it is like enough, else begins its own. Groups do not chain: A~B~C does not join A and C.
    """
    bags = [words_of(text) for text in texts[:MOST_TEXTS]]
    rarity = _rarity(bags)
    groups: list[Group] = []
    postings: dict[str, list[int]] = {}
    for at, bag in enumerate(bags):
        found = _nearest(bag, groups, postings, rarity, likeness)
        if found is None:
            found = len(groups)
            groups.append(Group([], bag, _weight(bag, rarity)))
            for word in bag:
                postings.setdefault(word, []).append(found)
        groups[found].members.append(at)
        groups[found].counts.update(bag)
    return sorted(groups, key=lambda group: (-len(group.members), group.members[0]))


def name_of(group: Group, rarity: dict[str, float] | None = None, most: int = 3) -> str:
    """Return the words that most of the group share, the longest first where they are equal."""
    shared = [
        (count * (rarity or {}).get(word, len(word)), word)
        for word, count in group.counts.items()
        if count * 2 >= len(group.members) and len(word) > 2
    ]
    return ", ".join(word for _, word in sorted(shared, reverse=True)[:most])


def _nearest(
    bag: frozenset[str],
    groups: Sequence[Group],
    postings: dict[str, list[int]],
    rarity: dict[str, float],
    likeness: float,
) -> int | None:
    common: dict[int, float] = {}
    for word in bag:
        near = postings.get(word, ())
        # A word in very many groups tells nothing apart, and would cost the most.
        if len(near) <= MOST_POSTINGS:
            for one in near:
                common[one] = common.get(one, 0.0) + rarity[word]
    mine = _weight(bag, rarity)
    best, found = likeness, None
    for one, weight in common.items():
        share = weight / (mine + groups[one].weight - weight)
        if share >= best and (share > best or found is None):
            best, found = share, one
    return found


def _rarity(bags: Sequence[frozenset[str]]) -> dict[str, float]:
    spread = Counter(word for bag in bags for word in bag)
    # In a storm the topic's own words are the most frequent: they must keep a weight.
    return {
        word: 0.3 + math.log((1 + len(bags)) / count) / math.log(2 + len(bags))
        for word, count in spread.items()
    }


def _weight(bag: frozenset[str], rarity: dict[str, float]) -> float:
    return sum(rarity[word] for word in bag)
