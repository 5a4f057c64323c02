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
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe
from typing import TYPE_CHECKING, Any, TypeVar

from matchers.spread import Spread, here

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Made = TypeVar("Made")
FEWEST = 16  # for fewer, telling each other costs more than it brings


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
        return _read(told)


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
            pipe.write(_written([function(place) for place in places]))
        status = 0
    finally:
        os._exit(status)  # not `sys.exit`: nothing of the original, such as its connections, may be closed here


def _written(found: list[Any]) -> bytes:
    return pickle.dumps(found, pickle.HIGHEST_PROTOCOL)


def _read(told: bytes) -> list[Any]:
    found: list[Any] = pickle.loads(told)  # noqa: S301 - written by our own copy
    return found


class _Crew:
    """This process and copies of it that all do the same work from their start on.

    Of what is spread each computes a share and learns the shares of the others; all else each does for itself and
    finds the same. So a copy is made once, not for each part of the work, and memory is hardly copied twice.
    """

    def __init__(self, size: int, is_free: Callable[[], bool], least: int) -> None:
        self.size, self.is_free, self.least = size, is_free, least
        self.rank = 0  # 0: the original
        self.pids: list[int] = []
        self.pipes: list[Connection] = []  # of the original one to each copy, of a copy one to the original

    def __call__(self, function: Callable[[int], Made], count: int) -> list[Made]:
        """Return what the function makes of each place, shared as long as processors are free."""
        shares = min(self.size, count // self.least)
        if shares <= 1 or not self._is_gathered():
            return here(function, count)
        own = [function(place) for place in range(self.rank, count, shares)]
        told = self._told(_written(own), shares)
        found: list[Any] = [None] * count
        for rank, share in enumerate(told):
            if rank == self.rank:
                found[rank::shares] = own
            else:
                found[rank::shares] = _read(share) if share else [function(p) for p in range(rank, count, shares)]
        return found

    def _is_gathered(self) -> bool:
        if not self.pipes and self.is_free():
            gc.freeze()  # what stands now is not looked at for garbage, which would touch, and so copy, all of it
            try:
                while self.rank == 0 and len(self.pipes) < self.size - 1:
                    self._add_copy()
            except OSError:  # no memory for a copy, or too many processes: one can do it all
                self.end()
        return bool(self.pipes)

    def _add_copy(self) -> None:
        ours, theirs = Pipe()
        pid = os.fork()
        if pid:
            theirs.close()
            self.pids.append(pid)
            self.pipes.append(ours)
            return
        for each in (ours, *self.pipes):
            each.close()
        self.rank, self.pids, self.pipes = len(self.pipes) + 1, [], [theirs]

    def _told(self, own: bytes, shares: int) -> list[bytes]:
        """Return all shares by rank, this one's own among them; in the original, nothing for those of a lost copy."""
        if self.rank:
            if self.rank < shares:
                self.pipes[0].send_bytes(own)
            return [own if rank == self.rank else self.pipes[0].recv_bytes() for rank in range(shares)]
        try:
            told = [own, *(pipe.recv_bytes() for pipe in self.pipes[: shares - 1])]
            for copy, pipe in enumerate(self.pipes, start=1):
                for rank in range(shares):
                    if rank != copy:
                        pipe.send_bytes(told[rank])
        except (EOFError, OSError):
            self.end()
            return [own] + [b""] * (shares - 1)
        return told

    def end(self) -> None:
        """End the copies; from now on everything is computed here."""
        self.size = 1
        for pipe in self.pipes:
            pipe.close()
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)  # what it still does is done here as well
            os.waitpid(pid, 0)
        if not self.rank:
            gc.unfreeze()
        self.pids, self.pipes = [], []


@contextmanager
def spread_over(processes: int, is_free: Callable[[], bool] = lambda: True, least: int = FEWEST) -> Iterator[Spread]:
    """Give a way to spread work over copies of this process, made when processors are free; they end with the block.

    The copies run the block too, so it must do nothing but compute. No copy is asked for fewer than `least` places.
    """
    crew = _Crew(processes, is_free, least)
    try:
        yield crew
    finally:
        if crew.rank:
            os._exit(0)  # not `sys.exit`, as above
        crew.end()


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
    with spread_over(processes, lambda: all(copy.is_done() for copy in copies)) as helped:
        found = {place: function(place, helped) for place in (shares[0] if shares else ())}
    for copy in copies:
        found.update(zip(copy.places, copy.answer(alone), strict=True))
    return [found[place] for place in range(len(weights))]
