"""Whose name is it: cut at the field length, without legal form, shortened to consonants, mistyped, or a word of it.

Names of customers, their aliases and what past payments were signed with are one list of entries. Exact keys and cut
names come from sorted lists; only what is left goes to rapidfuzz, against entries that share a rare word or its start.

Room: pure.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from matchers.text import core_words, name_words, skeleton

EXACT, CUT, CORE, SKELETON, FUZZY, WORDS = 9.0, 8.0, 8.0, 6.0, 5.0, 3.0  # points, log-odds before competition
SHORTEST_CUT = 7  # letters; a shorter start of a name says too little


@dataclass(slots=True)
class Names:
    """The entries: compact texts, sorted, each with its customer."""

    exact: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    core: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    sorted_compact: list[tuple[str, int]] = field(default_factory=list)
    sorted_skeleton: list[tuple[str, int]] = field(default_factory=list)
    by_word: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    entries: list[str] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    known: dict[str, dict[int, float]] = field(default_factory=dict)


def index_names(entries: Iterable[tuple[str, int]]) -> Names:
    """Return the index of (name, customer position) entries."""
    names = Names()
    seen: set[tuple[str, int]] = set()
    for name, customer in entries:
        words = name_words(name)
        whole, core = "".join(words), core_words(name)
        if not whole or (whole, customer) in seen:
            continue
        seen.add((whole, customer))
        names.exact[whole].add(customer)
        names.core["".join(core)].add(customer)
        names.sorted_compact.append((whole, customer))
        names.sorted_skeleton.append((skeleton(core), customer))
        position = len(names.entries)
        names.entries.append(" ".join(core))
        names.owner.append(customer)
        for word in core[:6]:
            if len(word) >= 3:
                names.by_word[word[:5]].add(position)
    names.sorted_compact.sort()
    names.sorted_skeleton.sort()
    return names


def payers_named(names: Names, text: str) -> dict[int, float]:
    """Return points per customer for a payer text; nothing when it resembles nobody."""
    key = text.strip()
    found = names.known.get(key)
    if found is None:
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
    _raise_to(points, names.exact.get(whole, ()), EXACT)
    _raise_to(points, names.core.get(joined, ()), CORE)
    if len(whole) >= SHORTEST_CUT:
        _raise_to(points, _starting_with(names.sorted_compact, whole), CUT)
    if not points and len(joined) >= 4:
        _raise_to(points, _starting_with(names.sorted_compact, joined), CUT - 1.5 if len(joined) < 8 else CUT - 0.5)
    if not points and len(joined) >= 5:
        short = skeleton(core)
        if len(short) >= 5:
            _raise_to(points, _starting_with(names.sorted_skeleton, short), SKELETON)
    if not points or max(points.values()) < SKELETON:
        for customer, value in _fuzzy(names, core, joined).items():
            points[customer] = max(points.get(customer, 0.0), value)
    return dict(sorted(points.items(), key=lambda pair: -pair[1])[:12])


def _raise_to(points: dict[int, float], customers: Iterable[int], value: float) -> None:
    for customer in customers:
        points[customer] = max(points.get(customer, 0.0), value)


def _starting_with(entries: list[tuple[str, int]], start: str) -> list[int]:
    found = []
    left = bisect_left(entries, (start, -1))
    for text, customer in entries[left : left + 40]:
        if not text.startswith(start):
            break
        found.append(customer)
    return found


def _fuzzy(names: Names, core: tuple[str, ...], joined: str) -> dict[int, float]:
    blocks = sorted((names.by_word.get(word[:5], set()) for word in core if len(word) >= 3), key=len)
    positions: set[int] = set()
    for block in blocks:
        if block and len(positions) + len(block) <= 300:
            positions |= block
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
