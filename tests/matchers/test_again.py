"""A payment that comes a second time: a repetition to look at, unless the first one was taken back."""

from datetime import date

from matchers.cascade import match, to_proposals
from recon.model import Action

FIRST, RETURNED, AGAIN = date(2026, 2, 16), date(2026, 2, 20), date(2026, 3, 2)


def paid(amount, day, text="PAYMENT"):
    return {"amount": amount, "payer": "ALDER TOOLING GMBH", "text": text, "day": day}


def first_of(partition):
    (proposal,) = [each for each in to_proposals(partition, match(partition)) if each.rank == 1]
    numbers = dict(zip(partition.open_items.id.tolist(), partition.open_items.number.tolist(), strict=True))
    return proposal, {numbers[a.open_item_id] for a in proposal.allocations if a.open_item_id}


def test_payment_presented_again_after_its_return_settles_the_same_invoices(make_book, people, filler):
    items = [(0, f"20260047{place:02d}", 100_003 + 37_119 * place) for place in (1, 4, 6, 9)]
    total = items[0][2] + items[2][2]
    past = [paid(total, FIRST), paid(-total, RETURNED, "ACH RETURN R01 ALDER TOOLING")]
    settled = [(line, 0, items[n][1], sign * items[n][2]) for line, sign in ((0, 1), (1, -1)) for n in (0, 2)]
    proposal, numbers = first_of(make_book(people, [*items, *filler], [paid(total, AGAIN)], past, settled))
    assert (proposal.action, numbers) == (Action.POST, {"2026004701", "2026004706"})


def test_payment_that_nobody_returned_is_a_repetition_though_an_equal_invoice_is_open(make_book, people, filler):
    items = [(0, "2026004711", 123_456)]
    past = [paid(123_456, FIRST, "INVOICE 2026004699"), paid(-123_456, RETURNED, "OUR OWN CHEQUE 17")]
    partition = make_book(
        people, [*items, *filler], [paid(123_456, AGAIN, "INVOICE 2026004699")], past, [(0, 0, "2026004699", 123_456)]
    )
    proposal, numbers = first_of(partition)
    assert (proposal.action, proposal.kind, numbers) == (Action.REVIEW, "duplicate", set())
