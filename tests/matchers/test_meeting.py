"""Sums that meet: all pairs within bounds, in order, and nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchers.meeting import Meeting

SUMS = st.lists(st.integers(-3_000, 3_000) | st.integers(10**12, 10**12 + 40), max_size=30)


LEAST = st.integers(-6_000, 6_000) | st.just(2 * 10**12 + 30)


@given(SUMS, SUMS, LEAST, st.integers(0, 15), st.none() | st.integers(0, 5))
def test_every_pair_within_bounds_is_found_in_order(sums, others, least, width, limit):
    meeting = Meeting(np.array(sums, dtype=np.int64))
    rows, places = meeting.rows(np.array(others, dtype=np.int64), least, least + width, limit)
    found = list(zip(rows.tolist(), places.tolist(), strict=True))
    ranked = sorted(range(len(sums)), key=lambda place: sums[place])
    assert (
        found
        == [
            (row, place)
            for row, other in enumerate(others)
            for place in ranked
            if least <= other + sums[place] <= least + width
        ][:limit]
    )
