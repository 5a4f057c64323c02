"""Whose name is it: cut at the field length, without legal form, shortened to consonants, mistyped, or a word of it.

Names of customers, their aliases and what past payments were signed with are one list of entries. Exact keys and cut
names come from sorted lists; only what is left goes to rapidfuzz, against entries that share a rare word or its start.

Room: pure.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from matchers.text import core_words, name_words, skeleton

EXACT, CUT, CORE, SKELETON, FUZZY, WORDS = 9.0, 8.0, 8.0, 6.0, 5.0, 3.0  # points, log-odds before competition
MOST_NAMED = 40  # customers one text may name; an agent pays for many
MOST_CUT = 40  # names that may begin alike
MOST_KNOWN = 50_000  # texts remembered with whom they name
_NONE = array("i")
SHORTEST_CUT = 7  # letters; a shorter start of a name says too little


class Sorted:
    """Texts in order, each with its customer: equal ones and those that begin alike are found by halving."""

    __slots__ = ("_customers", "_texts")

    def __init__(self, pairs: list[tuple[str, int]]) -> None:
        pairs.sort()
        self._texts = [text for text, _ in pairs]
        self._customers = array("i", (customer for _, customer in pairs))

    def equal_to(self, text: str) -> Sequence[int]:
        """Return the customers whose text this is, in order."""
        left = bisect_left(self._texts, text)
        return self._customers[left : bisect_right(self._texts, text, left)]

    def starting_with(self, start: str) -> Sequence[int]:
        """Return the customers of the first texts that begin so, forty at most."""
        left = right = bisect_left(self._texts, start)
        last = min(left + MOST_CUT, len(self._texts))
        while right < last and self._texts[right].startswith(start):
            right += 1
        return self._customers[left:right]


@dataclass(slots=True)
class Names:
    """The entries, by whole name, without the legal form and by consonants, each with its customer."""

    whole: Sorted
    core: Sorted
    skeleton: Sorted
    entries: list[str]  # words without the legal form
    owner: array[int]
    by_word: dict[str, array[int]]  # places of entries by the first five letters of a word
    known: dict[str, dict[int, float]] = field(default_factory=dict)


def index_names(entries: Iterable[tuple[str, int]]) -> Names:
    """Return the index of (name, customer position) entries."""
    whole: dict[tuple[str, int], None] = {}
    cores: list[tuple[str, ...]] = []
    for name, customer in entries:
        key = "".join(name_words(name)), customer
        if key[0] and key not in whole:
            whole[key] = None
            cores.append(core_words(name))
    owner = array("i", (customer for _, customer in whole))
    by_word: dict[str, array[int]] = {}
    for position, core in enumerate(cores):
        for start in dict.fromkeys(word[:5] for word in core[:6] if len(word) >= 3):
            by_word.setdefault(start, array("i")).append(position)
    return Names(
        Sorted(list(whole)),
        Sorted([("".join(core), customer) for core, customer in zip(cores, owner, strict=True)]),
        Sorted([(skeleton(core), customer) for core, customer in zip(cores, owner, strict=True)]),
        [" ".join(core) for core in cores],
        owner,
        by_word,
    )


def payers_named(names: Names, text: str) -> dict[int, float]:
    """Return points per customer for a payer text; nothing when it resembles nobody."""
    key = text.strip()
    found = names.known.get(key)
    if found is None:
        if len(names.known) >= MOST_KNOWN:
            names.known.clear()
        found = names.known[key] = _search(names, key)
    return found


def _search(names: Names, text: str) -> dict[int, float]:
    words = name_words(text)
    whole = "".join(words)
    if len(whole) < 2:
        return {}
    core = core_words(text)
    joined = "".join(core)
    points: dict[int, float] = {}
    _raise_to(points, names.whole.equal_to(whole), EXACT)
    _raise_to(points, names.core.equal_to(joined), CORE)
    if len(whole) >= SHORTEST_CUT:
        _raise_to(points, names.whole.starting_with(whole), CUT)
    if not points and len(joined) >= 4:
        _raise_to(points, names.whole.starting_with(joined), CUT - 1.5 if len(joined) < 8 else CUT - 0.5)
    if not points and len(joined) >= 5:
        short = skeleton(core)
        if len(short) >= 5:
            _raise_to(points, names.skeleton.starting_with(short), SKELETON)
    if not points or max(points.values()) < SKELETON:
        for customer, value in _fuzzy(names, core).items():
            points[customer] = max(points.get(customer, 0.0), value)
    return dict(sorted(points.items(), key=lambda pair: -pair[1])[:MOST_NAMED])


def _raise_to(points: dict[int, float], customers: Iterable[int], value: float) -> None:
    for customer in customers:
        points[customer] = max(points.get(customer, 0.0), value)


def _fuzzy(names: Names, core: tuple[str, ...]) -> dict[int, float]:
    blocks = sorted((names.by_word.get(word[:5], _NONE) for word in core if len(word) >= 3), key=len)
    positions: set[int] = set()
    for block in blocks:
        if block and len(positions) + len(block) <= 300:
            positions.update(block)
    pool = sorted(positions) if positions else range(len(names.entries)) if len(names.entries) <= 2_000 else ()
    choices = {position: names.entries[position] for position in pool}
    points: dict[int, float] = {}
    text = " ".join(core)
    width = len(text)
    cut = {position: entry[: width + 1] for position, entry in choices.items()}
    for _, score, position in process.extract(text, cut, scorer=fuzz.ratio, score_cutoff=72, limit=8):
        customer = names.owner[position]
        value = FUZZY + (score - 85) / 5 if score >= 80 else WORDS + (score - 80) / 8
        points[customer] = max(points.get(customer, 0.0), min(value, 7.5))
    if positions and core and len(core[0]) >= 4:
        for position in positions:
            first = choices[position].split(" ", 1)[0]
            if first == core[0]:
                points.setdefault(names.owner[position], WORDS)
    return points
