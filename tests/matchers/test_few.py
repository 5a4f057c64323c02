"""A few invoices out of many: every set is found, and none that does not have the amount."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchers.few import few_to


@given(st.lists(st.integers(1, 60), min_size=2, max_size=9), st.integers(1, 150))
def test_sets_of_up_to_six_are_those_brute_force_finds(opens: list[int], amount: int) -> None:
    values = np.array(opens, dtype=np.int64)
    wanted = {
        chosen
        for size in range(2, 7)
        for chosen in itertools.combinations(range(len(opens)), size)
        if sum(opens[place] for place in chosen) == amount
    }
    assert {chosen for _, chosen in few_to(values, [amount])} == wanted


def test_six_scattered_among_sixty_are_found_and_tell_which_amount() -> None:
    values = np.array([pow(3, place + 40, 999_999_999_989) for place in range(60)], dtype=np.int64)
    chosen = (3, 11, 19, 34, 47, 58)
    amount = int(values[list(chosen)].sum())
    assert (1, chosen) in few_to(values, [1, amount])


def test_equal_invoices_prove_nothing() -> None:
    assert few_to(np.full(300, 10_000, dtype=np.int64), [30_000]) == []


def test_sets_larger_than_asked_for_are_not_looked_for() -> None:
    assert few_to(np.array([1, 2, 4, 8], dtype=np.int64), [7], largest=2) == []
