"""A head office pays for its companies: who belongs together is told by the customer list, the past, or the text."""

from dataclasses import replace

import numpy as np

from matchers.cascade import match, to_proposals

ITEMS = [(n % 2, f"20260047{n:02d}", 100_003 + 37_119 * n + 7 * n**3) for n in range(12)]
PAID = ITEMS[2][2] + ITEMS[5][2] + ITEMS[7][2]
LINE = {"amount": PAID, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}
WANTED = {ITEMS[2][1], ITEMS[5][1], ITEMS[7][1]}


def offered(partition):
    numbers = dict(zip(partition.open_items.id.tolist(), partition.open_items.number.tolist(), strict=True))
    proposals = to_proposals(partition, match(partition))
    return [frozenset(numbers[a.open_item_id] for a in each.allocations if a.open_item_id) for each in proposals]


def test_invoices_of_a_parent_and_its_company_are_offered_together(make_book, people, filler):
    partition = make_book(people, [*ITEMS, *filler], [LINE])
    parent = np.full(len(people), -1, dtype=np.int64)
    parent[1] = 0
    related = replace(partition, customers=replace(partition.customers, parent=parent))
    assert WANTED in offered(related)
    assert WANTED not in offered(partition)


def test_who_paid_for_two_customers_before_is_offered_both_again(make_book, people, filler):
    past = [{"amount": 70_000, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}]
    settled = [(0, 0, "old1", 30_000), (0, 1, "old2", 40_000)]
    assert WANTED in offered(make_book(people, [*ITEMS, *filler], [LINE], past, settled))
