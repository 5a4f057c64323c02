"""Matching on several processors: copies of this process compute, only this one decides and writes.

A copy (`fork`) sees all that is in memory without anything being sent to it; what it found comes back through a pipe.
What is computed is the same for any number of processes: only where it is computed differs.

Room: shell.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from matchers.spread import Spread, here

Made = TypeVar("Made")
FEWEST = 50  # for fewer, a copy costs more than it brings


@dataclass(slots=True)
class _Copy:
    """A copy of this process that computes its places, and the end of the pipe where its answer will be read."""

    places: Sequence[int]
    pid: int
    pipe: int

    def is_done(self) -> bool:
        """Tell whether its answer can be read."""
        return bool(select.select([self.pipe], [], [], 0)[0])

    def answer(self, function: Callable[[int], Any]) -> list[Any]:
        """Return what it found. What a copy that failed should have found is computed here, and fails here."""
        with os.fdopen(self.pipe, "rb") as pipe:
            told = pipe.read()
        _, status = os.waitpid(self.pid, 0)
        if status or not told:
            return [function(place) for place in self.places]
        found: list[Any] = pickle.loads(told)  # noqa: S301 - written by our own copy
        return found


def _start(function: Callable[[int], Any], places: Sequence[int]) -> _Copy:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return _Copy(places, pid, reading)
    status = 1
    try:
        gc.disable()  # a look for garbage would touch, and so copy, all memory
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(pickle.dumps([function(place) for place in places], pickle.HIGHEST_PROTOCOL))
        status = 0
    finally:
        os._exit(status)  # not `sys.exit`: nothing of the original, such as its connections, may be closed here


def spread_over(processes: int, is_free: Callable[[], bool] = lambda: True, least: int = FEWEST) -> Spread:
    """Return a way to spread work over copies of this process, as long as processors are free.

    No copy is made for fewer than `least` places.
    """

    def spread(function: Callable[[int], Made], count: int) -> list[Made]:
        shares = min(processes, count // least)
        if shares <= 1 or not is_free():
            return here(function, count)
        copies = [_start(function, range(first, count, shares)) for first in range(1, shares)]
        found: list[Any] = [None] * count
        found[::shares] = [function(place) for place in range(0, count, shares)]
        for copy in copies:
            found[copy.places[0] :: shares] = copy.answer(function)
        return found

    return spread


def spread_by_weight(function: Callable[[int, Spread], Made], weights: Sequence[int], processes: int) -> list[Made]:
    """Return what the function makes of each place, in order; the heaviest stays here, the others go to copies.

    Once the copies are done, the function's own work is spread over the processors that are free.
    """
    shares: list[list[int]] = [[] for _ in range(min(processes, len(weights)))]
    for place in sorted(range(len(weights)), key=lambda place: -weights[place]):
        min(shares, key=lambda share: sum(weights[each] for each in share)).append(place)

    def alone(place: int) -> Made:
        return function(place, here)

    copies = [_start(alone, share) for share in shares[1:]]
    helped = spread_over(processes, lambda: all(copy.is_done() for copy in copies))
    found = {place: function(place, helped) for place in (shares[0] if shares else ())}
    for copy in copies:
        found.update(zip(copy.places, copy.answer(alone), strict=True))
    return [found[place] for place in range(len(weights))]
