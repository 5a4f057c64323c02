"""Sums that meet: which of many sums and which of many others are an amount together.

A bitmap of the sums modulo a power of two keeps only those that may meet, so that nothing is sorted but the survivors.

>>> rows, places = Meeting(np.array([10, 25, 40, 25])).rows(np.array([5, 75, 60]), 85, 86)
>>> list(zip(rows.tolist(), places.tolist()))
[(1, 0), (2, 1), (2, 3)]

Room: pure.
"""

import numpy as np

from recon.frames import Ints

_FEWEST_BITS, _MOST_BITS = 10, 18
_LOOSE = 4  # bits of a sum that the bitmap leaves out: bounds so close together touch two marks at most


class Meeting:
    """Sums to be met by others, several times."""

    __slots__ = ("_marks", "_mask", "_seen", "_sums")

    def __init__(self, sums: Ints) -> None:
        bits = min(_MOST_BITS, max(_FEWEST_BITS, (16 * len(sums)).bit_length()))
        self._sums, self._mask = sums, (1 << bits) - 1
        self._marks = self._marks_of(sums)
        self._seen = self._marked(self._marks)

    def rows(self, others: Ints, least: int, most: int, limit: int | None = None) -> tuple[Ints, Ints]:
        """Return the pairs (place of other, place of sum) that are within [least, most] together: others in order, to
        each its sums ascending; the first ones up to a limit. The bounds are less than sixteen apart.
        """
        low = self._marks_of(least - others)
        high = low if most == least else self._marks_of(most - others)
        near = self._seen[low] if most == least else self._seen[low] | self._seen[high]
        rows = near.nonzero()[0]
        if not len(rows):
            return rows, rows
        marks = low[rows] if most == least else np.concatenate((low[rows], high[rows]))
        places = self._marked(marks)[self._marks].nonzero()[0]
        places = places[self._sums[places].argsort(kind="stable")]
        ranked, wanted = self._sums[places], others[rows]
        starts = ranked.searchsorted(least - wanted, "left")
        widths = ranked.searchsorted(most - wanted, "right") - starts
        hit = widths.nonzero()[0][:limit]
        starts, widths = starts[hit], widths[hit]
        if limit is not None and len(hit):
            widths = np.minimum(widths, np.maximum(0, limit + widths - widths.cumsum()))
        steps = np.arange(int(widths.sum())) - (widths.cumsum() - widths).repeat(widths)
        return rows[hit].repeat(widths), places[starts.repeat(widths) + steps]

    def _marked(self, marks: Ints) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        seen = np.zeros(self._mask + 1, dtype=bool)
        seen[marks] = True
        return seen

    def _marks_of(self, sums: Ints) -> Ints:
        return (sums >> _LOOSE) & self._mask
