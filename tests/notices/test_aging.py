"""What is owed by how late it is, and how well collecting goes."""

from datetime import date
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recon.aging import PromiseFact, age, bucket_names, collection_effectiveness, count_back, promises_kept

rows = st.lists(st.tuples(st.integers(1, 5), st.integers(-200, 200), st.integers(-(10**12), 10**12)), max_size=40)


@given(rows)
def test_every_cent_is_in_exactly_one_bucket(owed: list[tuple[int, int, int]]) -> None:
    customer, late, minor = (np.array([row[i] for row in owed], dtype=np.int64) for i in range(3))
    aging = age(customer, (100 - late).astype(np.int32), minor, as_of_day=100)
    assert sum(aging.totals_minor) == sum(row[2] for row in owed)
    for i, who in enumerate(aging.customers.tolist()):
        assert int(aging.open_minor[i].sum()) == sum(row[2] for row in owed if row[0] == who)


def test_an_invoice_is_current_on_its_due_date_and_a_credit_counts_negative() -> None:
    due = np.array([100, 99, 70, 69, 10, 9, 100], dtype=np.int32)
    aging = age(np.ones(7, dtype=np.int64), due, np.array([1, 2, 4, 8, 16, 32, -64]), as_of_day=100)
    assert aging.totals_minor == (1 - 64, 2 + 4, 8, 16, 32)
    assert bucket_names() == ("current", "1-30", "31-60", "61-90", "90+")


def test_amounts_beyond_the_precision_of_floats_sum_exactly() -> None:
    big = 2**53 + 1
    due = np.array([0, 0], dtype=np.int32)
    assert age(np.array([1, 1]), due, np.array([big, 1]), as_of_day=0).totals_minor[0] == big + 1


def test_buckets_of_ones_own_choice() -> None:
    aging = age(np.array([1]), np.array([0], dtype=np.int32), np.array([5]), as_of_day=20, edges=(0, 14, 28))
    assert (aging.buckets, aging.totals_minor) == (("current", "1-14", "15-28", "28+"), (0, 0, 5, 0))


def test_half_a_promise_is_a_broken_one_and_a_day_too_late_is_too() -> None:
    day = date(2026, 3, 1)
    promises = [
        PromiseFact(100, day, 50, day),
        PromiseFact(100, day, 100, date(2026, 3, 5)),
        PromiseFact(100, day, 100, day),
    ]
    kept = promises_kept(promises, date(2026, 3, 31), grace_days=3)
    assert (kept.kept, kept.due, kept.by_amount) == (1, 3, Fraction(100, 3))


def test_what_cannot_be_said_is_none_and_never_zero() -> None:
    nothing = Fraction(0)
    assert collection_effectiveness(nothing, nothing, nothing, nothing) is None
    assert count_back(Fraction(10), [(Fraction(5), 30)]) is None
    assert promises_kept([], date(2026, 1, 1)).by_count is None
