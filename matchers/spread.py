"""How work that changes nothing is spread: here, one after the other, unless the caller knows of more processors.

Room: pure.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Made = TypeVar("Made")

SLICES = 100  # of a batch: what is explained ahead, before any of it is settled
SHORTEST, LONGEST = 8, 1_000  # deposits of a slice


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


def slices_of(whole: Sequence[Made]) -> list[Sequence[Made]]:
    """Return the batch in slices of a length that depends on nothing but its own.

    >>> [len(part) for part in slices_of("a deposit a day")]
    [8, 7]
    """
    length = max(SHORTEST, min(LONGEST, len(whole) // SLICES))
    return [whole[start : start + length] for start in range(0, len(whole), length)]
