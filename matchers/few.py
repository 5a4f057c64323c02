"""Few invoices out of many that sum to an amount: found all, so that it shows whether a hit is proof or accident.

Sums of up to three are met with sums of up to three. A bitmap of the sums modulo a power of two keeps only those that
may meet, so that nothing is sorted but the survivors: up to six of sixty take about a millisecond.

>>> few_to(np.array([500, 120, 77, 310, 45]), [552, 810])
[(1, (0, 3)), (0, (1, 2, 3, 4))]

Room: pure.
"""

import itertools
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from recon.frames import Ints

Places = NDArray[np.int16]

MEETINGS = ((0, 2), (1, 2), (2, 2), (2, 3), (3, 3))  # sizes of the halves; the larger one is never smaller
MOST_OF = {2: 400, 3: 300, 4: 150, 5: 60, 6: 60}  # the pool that a size of set is looked for in
MOST_MEETINGS = 2_000  # more than these, and a hit proves nothing: amounts repeat
_BITS = (1 << 18) - 1


def few_to(opens: Ints, amounts: Sequence[int], largest: int = 6, most: int = 400) -> list[tuple[int, tuple[int, ...]]]:
    """Return (place in amounts, positions) of the sets of 2 to `largest` invoices that sum to an amount.

    Invoices are positive, the ones to prefer first: of a long pool only the first are looked at for larger sets.
    Nothing is returned for a size whose sums meet so often that no set stands out.
    """
    found: dict[tuple[int, tuple[int, ...]], None] = {}
    for small, large in MEETINGS:
        if small + large > largest or len(found) >= most:
            break
        pool = opens[: MOST_OF[small + large]]
        if len(pool) >= small + large:
            _meet(found, pool, amounts, small, large)
    return list(found)[:most]


def _meet(
    found: dict[tuple[int, tuple[int, ...]], None], pool: Ints, amounts: Sequence[int], small: int, large: int
) -> None:
    left, right = _sets_of(len(pool), small), _sets_of(len(pool), large)
    left_sums, right_sums = pool[left].sum(axis=1), pool[right].sum(axis=1)
    table = np.zeros(_BITS + 1, dtype=bool)
    table[right_sums & _BITS] = True
    for place, amount in enumerate(amounts):
        ones = np.nonzero(table[(amount - left_sums) & _BITS])[0]
        for one, other in _pairs(amount - left_sums, ones, right_sums):
            chosen = {*left[one].tolist(), *right[other].tolist()}
            if len(chosen) == small + large:
                found[place, tuple(sorted(chosen))] = None


def _pairs(wanted: Ints, ones: Ints, sums: Ints) -> list[tuple[int, int]]:
    if not len(ones):
        return []
    table = np.zeros(_BITS + 1, dtype=bool)
    table[wanted[ones] & _BITS] = True
    others = np.nonzero(table[sums & _BITS])[0]
    others = others[np.argsort(sums[others], kind="stable")]
    ranked = sums[others]
    low, high = np.searchsorted(ranked, wanted[ones]), np.searchsorted(ranked, wanted[ones], "right")
    if int((high - low).sum()) > MOST_MEETINGS:
        return []
    return [
        (int(ones[row]), int(others[place]))
        for row in np.nonzero(high > low)[0].tolist()
        for place in range(int(low[row]), int(high[row]))
    ]


def _sets_of(count: int, size: int) -> Places:
    """Return the sets of positions below `count`: the first rows of a table whose sets grow by their last position."""
    return _table(size)[: math.comb(count, size)]


@cache
def _table(size: int) -> Places:
    most = max(MOST_OF[sum(sizes)] for sizes in MEETINGS if size in sizes)
    flat = itertools.chain.from_iterable(itertools.combinations(range(most - 1, -1, -1), size))
    return np.fromiter(flat, dtype=np.int16).reshape(math.comb(most, size), size)[::-1, ::-1]
