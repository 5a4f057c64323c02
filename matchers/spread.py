"""How work that changes nothing is spread: here, one after the other, unless the caller knows of more processors.

Room: pure.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

Made = TypeVar("Made")

SHARED_FROM = 10_000  # deposits; of fewer each sees all that came before, and nothing is explained ahead
SLICES = 100  # of a large batch: what is explained side by side, before any of it is settled
LONGEST = 1_000  # deposits of a slice


class Spread(Protocol):
    """Return what a pure function makes of 0, 1, 2 .. count - 1, in that order."""

    def __call__(self, function: Callable[[int], Made], count: int) -> list[Made]:
        """Call the function for every place, wherever."""


def here(function: Callable[[int], Made], count: int) -> list[Made]:
    """Return what the function makes of each place, in this process.

    >>> here(lambda place: place * place, 3)
    [0, 1, 4]
    """
    return [function(place) for place in range(count)]


def slices_of(whole: Sequence[Made]) -> Iterator[Sequence[Made]]:
    """Yield the batch in slices of a length that depends on nothing but its own: results must not depend on processors.

    >>> list(slices_of("abc")), len(next(slices_of("x" * SHARED_FROM)))
    (['a', 'b', 'c'], 100)
    """
    length = min(LONGEST, max(1, len(whole) // SLICES)) if len(whole) >= SHARED_FROM else 1
    return in_lengths(whole, length)


def in_lengths(whole: Sequence[Made], length: int) -> Iterator[Sequence[Made]]:
    """Yield parts of this length, the last one shorter.

    >>> list(in_lengths("abcde", 2))
    ['ab', 'cd', 'e']
    """
    return (whole[start : start + length] for start in range(0, len(whole), length))
