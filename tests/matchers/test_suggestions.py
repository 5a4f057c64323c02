"""What a person is shown for a deposit in review: different sets, also when the payer or the set is not known."""

from datetime import date, timedelta

from matchers.cascade import match, to_proposals
from recon.model import Action

MONDAY = date(2026, 3, 2)


def offered(partition, place=0):
    numbers = dict(zip(partition.open_items.id.tolist(), partition.open_items.number.tolist(), strict=True))
    line = int(partition.deposits.id[place])
    found = [each for each in to_proposals(partition, match(partition)) if each.bank_line_id == line]
    assert all(each.action is Action.REVIEW for each in found)
    return [frozenset(numbers[a.open_item_id] for a in each.allocations if a.open_item_id) for each in found]


def test_no_set_of_invoices_is_offered_twice(make_book, people, filler):
    items = [(0, f"20260047{place:02d}", 100_003 + 37_119 * place) for place in range(9)]
    line = {"amount": 261_000, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}
    found = offered(make_book(people, [*items, *filler], [line]))
    assert len(found) == len(set(found)) == 5


def test_sum_of_two_neighbours_is_offered_though_nobody_knows_the_payer(make_book, people, filler):
    items = [(0, "2026004711", 98_765_431), (0, "2026004712", 45_678_913)]
    line = {"amount": 98_765_431 + 45_678_913, "payer": "", "text": "DEPOSIT"}
    assert {"2026004711", "2026004712"} in offered(make_book(people, [*items, *filler], [line]))


def test_two_cheques_of_a_lockbox_are_offered_from_customers_who_pay_by_cheque(make_book, people, filler):
    items = [(0, "2026004711", 98_765_431), (1, "2026004712", 45_678_913)]
    past = [
        {"amount": 70_000 + n, "payer": people[n].upper(), "text": "CHECK", "check": f"{5000 + 900 * n}"}
        for n in (0, 1)
    ]
    line = {"amount": 98_765_431 + 45_678_913, "payer": "LOCKBOX", "text": "LOCKBOX DEPOSIT 4711 2 ITEMS"}
    partition = make_book(people, [*items, *filler], [line], past, [(n, n, f"old{n}", 70_000 + n) for n in (0, 1)])
    assert {"2026004711", "2026004712"} in offered(partition)


def test_unlisted_short_payment_is_offered_by_what_is_due(make_book, people, filler):
    due = [MONDAY - timedelta(days=2), MONDAY - timedelta(days=1)] + [MONDAY + timedelta(days=40)] * 6
    items = [(0, f"20260047{place:02d}", 100_003 + 37_119 * place) for place in range(8)]
    paid = items[0][2] + items[1][2] - 17_301
    line = {"amount": paid, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}
    partition = make_book(people, [*items, *filler], [line], due=due + [MONDAY] * len(filler))
    assert {"2026004700", "2026004701"} in offered(partition)


def test_rest_of_an_invoice_paid_in_round_parts_is_offered_though_no_part_is_known(make_book, people, filler):
    items = [(0, f"20260047{place:02d}", 3_100_003 + 37_119 * place) for place in range(30)]
    line = {"amount": items[21][2] - 1_200_000, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}
    assert {"2026004721"} in offered(make_book(people, [*items, *filler], [line]))


def test_round_part_beside_unnamed_invoices_is_offered(make_book, people, filler):
    items = [(0, f"20260047{place:02d}", 3_100_003 + 37_119 * place) for place in range(30)]
    paid = items[7][2] + items[8][2] + 1_400_000
    line = {"amount": paid, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}
    assert {"2026004707", "2026004708", "2026004709"} in offered(make_book(people, [*items, *filler], [line]))


def test_named_invoice_is_offered_whatever_part_of_it_was_paid(make_book, people, filler):
    items = [(0, "2026004711", 9_876_543)]
    line = {"amount": 1_717_171, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711"}
    assert {"2026004711"} in offered(make_book(people, [*items, *filler], [line]))


def test_few_unnamed_invoices_less_an_announced_claim_are_offered(make_book, people, filler):
    items = [(0, f"20260047{place:02d}", 100_003 + 37_119 * place + 7 * place**3) for place in range(30)]
    paid = items[3][2] + items[17][2] - 12_345
    line = {"amount": paid, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT LESS CLAIM 123.45"}
    assert {"2026004703", "2026004717"} in offered(make_book(people, [*items, *filler], [line]))
