"""Few invoices out of many that sum to an amount: found all, so that it shows whether a hit is proof or accident.

Sums of up to three are met with sums of up to three: up to six of sixty take about a millisecond.

>>> few_to(np.array([500, 120, 77, 310, 45]), [552, 810])
[(1, (0, 3)), (0, (1, 2, 3, 4))]

Room: pure.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matchers.meeting import Meeting
from recon.frames import Ints

Places = NDArray[np.int16]

MEETINGS = ((0, 2), (1, 2), (2, 2), (2, 3), (3, 3))  # sizes of the halves; the larger one is never smaller
MOST_OF = {2: 400, 3: 300, 4: 150, 5: 60, 6: 60}  # the pool that a size of set is looked for in
MOST_MEETINGS = 2_000  # more than these, and a hit proves nothing: amounts repeat
_POOL = {size: max(MOST_OF[sum(halves)] for halves in MEETINGS if size <= halves[1]) for size in range(4)}


def few_to(opens: Ints, amounts: Sequence[int], largest: int = 6, most: int = 400) -> list[tuple[int, tuple[int, ...]]]:
    """Return (place in amounts, positions) of the sets of 2 to `largest` invoices that sum to an amount.

    Invoices are positive, the ones to prefer first: of a long pool only the first are looked at for larger sets.
    Nothing is returned for a size whose sums meet so often that no set stands out.
    """
    found: dict[tuple[int, tuple[int, ...]], None] = {}
    sums = [np.zeros(1, dtype=np.int64), opens[: _POOL[1]]]
    met: dict[tuple[int, int], Meeting] = {}
    for small, large in MEETINGS:
        count = min(len(opens), MOST_OF[small + large])
        if small + large > min(largest, count) or len(found) >= most:
            break
        for size in range(len(sums), large + 1):
            sums.append(_sums_of(opens[: _POOL[size]], sums[-1], size))
        if (large, count) not in met:
            met[large, count] = Meeting(sums[large][: math.comb(count, large)])
        _meet(found, amounts, (small, large), sums[small][: math.comb(count, small)], met[large, count])
    return list(found)[:most]


def sums_by_size(opens: Ints) -> Iterator[tuple[Ints, Places]]:
    """Yield the sums of all sets of one invoice, of two and of three, and the positions of each set."""
    sums = np.zeros(1, dtype=np.int64)
    for size in range(1, min(3, len(opens)) + 1):
        sums = opens if size == 1 else _sums_of(opens, sums, size)
        yield sums, _table(size)[: len(sums)]


def _sums_of(pool: Ints, smaller: Ints, size: int) -> Ints:
    """Return the sums of the sets of a size, in the order of `_table`: each smaller set with each later position."""
    sums = np.empty(math.comb(len(pool), size), dtype=np.int64)
    first = 0
    for place, last in enumerate(pool.tolist()):
        count = math.comb(place, size - 1)
        np.add(smaller[:count], last, out=sums[first : first + count])
        first += count
    return sums


def _meet(
    found: dict[tuple[int, tuple[int, ...]], None],
    amounts: Sequence[int],
    sizes: tuple[int, int],
    left: Ints,
    right: Meeting,
) -> None:
    ones, others = (_table(size) for size in sizes)
    for place, amount in enumerate(amounts):
        rows, places = right.rows(left, amount, amount, MOST_MEETINGS + 1)
        if len(rows) > MOST_MEETINGS:
            continue
        for one, other in zip(ones[rows].tolist(), others[places].tolist(), strict=True):
            chosen = {*one, *other}
            if len(chosen) == sum(sizes):
                found[place, tuple(sorted(chosen))] = None


@cache
def _table(size: int) -> Places:
    """Return sets of positions, in rows that grow by their last position: those below a count are the first ones."""
    flat = itertools.chain.from_iterable(itertools.combinations(range(_POOL[size] - 1, -1, -1), size))
    return np.fromiter(flat, dtype=np.int16).reshape(math.comb(_POOL[size], size), size)[::-1, ::-1]
