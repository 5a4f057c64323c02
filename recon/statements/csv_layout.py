"""Which profile a delimited text follows: by its header, exactly; and where a known layout has drifted, what changed.

Room: pure.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from recon.statements.csv_rows import Lines
from recon.statements.profile import Profile

SEARCHED = 60  # lines in which the header must stand
_LONGEST = 20_000  # characters of a header line
_ALIKE = 0.6  # share of headings in common from which a header is the same layout, changed


@dataclass(frozen=True, slots=True)
class Layout:
    """A profile found in a file: `header_at` is the place of the header line from 0, -1 when the layout has none."""

    profile: Profile
    header_at: int


def find_layout(lines: Lines, profiles: Sequence[Profile]) -> list[Layout]:
    """Return every profile whose header stands exactly in the first lines of the file."""
    head = Head(lines)
    places = [(profile, header_place(head, profile)) for profile in profiles]
    return [Layout(profile, at) for profile, at in places if at is not None]


class Head:
    """The first lines of a file, in which the header must stand; split once for each way to split them."""

    def __init__(self, lines: Lines) -> None:
        self.texts = lines.texts(0, SEARCHED)
        self._split: dict[tuple[str, str], list[list[str]]] = {}

    def folded(self, profile: Profile) -> list[list[str]]:
        """Return the folded headings of each line as the profile splits it; none of a line that it cannot be."""
        key = profile.delimiter, profile.quote
        if key not in self._split:
            self._split[key] = [self._headings(text, *key) for text in self.texts]
        return self._split[key]

    def _headings(self, text: str, delimiter: str, quote: str) -> list[str]:
        if delimiter not in text or len(text) > _LONGEST:
            return []
        return [_folded(heading) for heading in headings(text, delimiter, quote)]


def header_place(head: Head, profile: Profile) -> int | None:
    """Return where the profile's header stands in the first lines; None when it does not."""
    wanted = [_folded(heading) for heading in profile.header]
    return next((at for at, found in enumerate(head.folded(profile)) if _same(found, wanted)), None)


def _same(found: list[str], wanted: list[str]) -> bool:
    """Headings are the same up to empty ones at the end (a trailing delimiter)."""
    surplus = found[len(wanted) :]
    return bool(found) and found[: len(wanted)] == wanted and not any(surplus)


def headings(text: str, delimiter: str, quote: str = '"') -> list[str]:
    """Return the fields of one line; of a line that cannot be split, what stands between its delimiters."""
    try:
        reader = csv.reader([text], delimiter=delimiter, quotechar=quote or None, strict=True)
        return [field.strip() for field in next(reader, [])]
    except (csv.Error, TypeError):
        return text.strip("\r\n").split(delimiter)


def _folded(heading: str) -> str:
    return " ".join(heading.strip("\ufeff\r\n ").casefold().split())


def rows_taken_twice(lines: Lines, header_at: int) -> int:
    """Return how many different rows stand above and below a header that stands in the file again; 0 when none do.

    A file that holds an export twice, or two that overlap, would count them double: two payments may be alike, but
    not with a header between them.
    """
    content, starts = lines.decoding.content, lines.starts
    header = content[int(starts[header_at]) : int(starts[header_at + 1])].strip()
    first = int(starts[header_at + 1])
    again = content.find(header, first)
    while again > 0 and content[again - 1 : again] not in (b"\r", b"\n"):
        again = content.find(header, again + 1)
    if again < 0:
        return 0
    above, below = (set(part.replace(b"\r", b"\n").split(b"\n")) for part in (content[first:again], content[again:]))
    return len((above & below) - {b""})


@dataclass(frozen=True, slots=True)
class Drift:
    """A layout that is nearly a known one."""

    profile: Profile
    line: int
    missing: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def told(self) -> str:
        """What changed, by the headings' names."""
        parts = [f"{heading!r} is missing" for heading in self.missing] + [
            f"{heading!r} is new" for heading in self.new
        ]
        return "; ".join(parts[:8]) or "the columns are in another order"


def find_drift(lines: Lines, profiles: Sequence[Profile], is_chosen: bool = False) -> Drift | None:
    """Return the known layout that the file nearly follows. With `is_chosen` the best guess is returned however far
    off."""
    best: tuple[float, Drift] | None = None
    texts = lines.texts(0, SEARCHED)
    for profile in profiles:
        wanted = {_folded(heading): heading for heading in profile.header if heading.strip()}
        for at, text in enumerate(texts):
            if len(text) > _LONGEST:
                continue
            told = headings(text, profile.delimiter, profile.quote)
            found = {_folded(heading): heading for heading in told if heading.strip()}
            share = len(wanted.keys() & found.keys()) / max(len(wanted.keys() | found.keys()), 1)
            if best is None or share > best[0]:
                missing = tuple(wanted[key] for key in wanted if key not in found)
                new = tuple(found[key][:40] for key in found if key not in wanted)
                best = share, Drift(profile, at + 1, missing, new)
    if best is None or (best[0] < _ALIKE and not is_chosen):
        return None
    return best[1]
