"""What must hold for every book: order decides nothing, budgets nest, currencies do not meet, no cent is lost."""

import itertools
import random
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from bench.matching.examples import examples
from matchers.base import MatchSettings
from matchers.cascade import match, to_proposals
from recon.model import Action

BUDGETS = ("0.0003", "0.001", "0.003", "0.05")


@pytest.fixture(scope="module")
def worlds():
    """Partitions of three worlds, the larger ones of each, in different number formats and currencies."""
    every = [each.partition for seed in (2, 3, 8) for each in examples(seed, 500, 0.6)]
    return [each for each in every if len(each.deposits) >= 30]


def told(partition, settings=None):
    """What is decided of each line, by the ids of the store."""
    proposals = to_proposals(partition, match(partition, settings or MatchSettings()))
    return {
        each.bank_line_id: (
            each.action,
            each.kind,
            tuple(sorted((a.open_item_id or 0, a.customer_id, a.cash_minor) for a in each.allocations)),
            each.reverses_line_id,
        )
        for each in proposals
        if each.rank == 1
    }


def shuffled(partition, seed):
    """The same book with the rows of every frame in another order."""
    draw = np.random.default_rng(seed)
    people, lines, items, past = (
        draw.permutation(len(frame))
        for frame in (partition.customers, partition.deposits, partition.open_items, partition.past)
    )
    place, past_place = np.argsort(people), np.argsort(past)
    rows = partition.past_allocations.take(draw.permutation(len(partition.past_allocations)))
    owned = partition.open_items.take(items)
    return replace(
        partition,
        customers=replace(partition.customers.take(people), parent=np.full(len(people), -1, dtype=np.int64)),
        deposits=partition.deposits.take(lines),
        open_items=replace(owned, customer=place[owned.customer]),
        past=partition.past.take(past),
        past_allocations=replace(
            rows,
            deposit=past_place[rows.deposit],
            customer=np.where(rows.customer >= 0, place[rows.customer], -1),
        ),
    )


@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_decides_nothing(worlds, seed):
    for partition in worlds:
        assert told(shuffled(partition, seed)) == told(partition)


def test_larger_budget_posts_all_that_a_smaller_one_posts(worlds):
    for partition in worlds:
        posted = []
        for budget in BUDGETS:
            decided = told(partition, MatchSettings(error_budget=budget))
            posted.append({line: parts for line, (action, _, parts, _) in decided.items() if action is Action.POST})
        for smaller, larger in itertools.pairwise(posted):
            assert smaller.items() <= larger.items()
        assert len(posted[0]) < len(posted[-1])


def test_every_line_is_decided_once_and_every_cent_of_it_is_placed(worlds):
    for partition in worlds:
        proposals = to_proposals(partition, match(partition))
        first = [each.bank_line_id for each in proposals if each.rank == 1]
        assert Counter(first) == Counter(partition.deposits.id.tolist())
        amounts = dict(zip(partition.deposits.id.tolist(), partition.deposits.amount_minor.tolist(), strict=True))
        for each in proposals:
            if each.allocations:
                assert sum(a.cash_minor for a in each.allocations) == amounts[each.bank_line_id], each


def test_suggestions_of_one_deposit_share_one_certainty_and_none_is_above_the_first(worlds):
    for partition in worlds:
        shown = defaultdict(list)
        for each in to_proposals(partition, match(partition)):
            shown[each.bank_line_id].append((each.rank, each.confidence))
        chances = [[chance for _, chance in sorted(pairs)] for pairs in shown.values()]
        assert any(len(each) > 1 and min(each) > 0.0 for each in chances)
        for each in chances:
            assert sum(each) <= 1.0 + 1e-9
            assert max(each) == each[0]


def test_no_invoice_is_posted_for_more_than_is_open(worlds):
    for partition in worlds:
        opens = dict(zip(partition.open_items.id.tolist(), partition.open_items.open_minor.tolist(), strict=True))
        taken = defaultdict(int)
        for each in to_proposals(partition, match(partition)):
            if each.action is Action.POST and each.rank == 1 and each.kind != "return":
                for part in each.allocations:
                    if part.open_item_id is not None and part.settled_minor > 0:
                        taken[part.open_item_id] += part.settled_minor
        returned = {
            part.open_item_id
            for each in to_proposals(partition, match(partition))
            if each.kind == "return"
            for part in each.allocations
        }
        assert all(minor <= opens[item] for item, minor in taken.items() if item not in returned)


def test_another_currency_with_the_same_numbers_names_and_amounts_changes_nothing(tmp_path):
    from jobs.match_files import match_files

    people = "id,name,aliases,currency\n" + "".join(
        f"{c}{n},Firm {n} Alder,,{c}\n" for c in ("USD", "EUR") for n in range(9)
    )
    head = "id,customer_id,number,po_number,issue_date,due_date,currency,amount,open_amount\n"
    lines_head = "fitid,date,amount,currency,type,checknum,payee,memo\n"

    def rows(currency, shift):
        items, lines = "", ""
        for n in range(45):
            amount = f"{100 + 13 * n + shift}.{n:02d}"
            items += (
                f"{currency}{n},{currency}{n % 9},{202600 + n},,2026-01-10,2026-02-09,{currency},{amount},{amount}\n"
            )
            memo = f"INV {202600 + n}" if n % 3 else "PAYMENT"
            lines += f"{currency}L{n},2026-02-09,{amount},{currency},CREDIT,,FIRM {n % 9} ALDER,{memo}\n"
        return items, lines

    def proposals(currencies):
        texts = [rows(currency, shift) for currency, shift in currencies]
        names = ("customers.csv", "invoices.csv", "statement.csv")
        bodies = (people, head + "".join(t[0] for t in texts), lines_head + "".join(t[1] for t in texts))
        for name, body in zip(names, bodies, strict=True):
            (tmp_path / name).write_text(body, encoding="utf-8")
        match_files(*(tmp_path / name for name in names), None, None, "0.001", tmp_path / "out.csv")
        return [row for row in (tmp_path / "out.csv").read_text().splitlines() if row.startswith("USD")]

    alone = proposals([("USD", 0)])
    assert sum(",auto,1" in row for row in alone) >= 25
    assert proposals([("USD", 0), ("EUR", 0)]) == alone
    assert proposals([("EUR", 7), ("USD", 0)]) == alone


def subsets_that_sum(opens, amount):
    """All sets of items, tried one by one, that sum to the amount."""
    items = sorted(opens)
    return [
        frozenset(chosen)
        for size in range(1, len(items) + 1)
        for chosen in itertools.combinations(items, size)
        if sum(opens[each] for each in chosen) == amount
    ]


@pytest.mark.parametrize("seed", range(60))
def test_unnamed_post_is_a_sum_to_the_cent_and_never_one_of_several_singles(make_book, people, filler, seed):
    """A payer is named and nothing else: brute force over all sets of the payer's invoices knows what may be posted."""
    draw = random.Random(seed)
    amounts = [draw.choice((10_000, 12_500, 20_000, 22_500, 30_017, 41_303)) for _ in range(draw.randint(1, 7))]
    items = [(0, f"2026{n:06d}", minor) for n, minor in enumerate(amounts)]
    chosen = draw.sample(range(len(items)), draw.randint(1, min(3, len(items))))
    line = {"amount": sum(amounts[n] for n in chosen), "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}
    partition = make_book(people, [*items, *filler], [line])
    first = to_proposals(partition, match(partition))[0]
    opens = {1000 + n: minor for n, minor in enumerate(amounts)}
    fitting = subsets_that_sum(opens, line["amount"])
    if first.action is Action.POST:
        posted = frozenset(a.open_item_id for a in first.allocations)
        assert posted in fitting
        assert sum(len(each) <= len(posted) for each in fitting) == 1, fitting
    singles = [each for each in fitting if len(each) == 1]
    if len(singles) > 1:
        assert first.action is Action.REVIEW


def test_one_of_two_equal_invoices_of_one_day_is_never_likely_unnamed(make_book, people, filler):
    """However many others are open, and wherever the two stand among them."""
    for size in (2, 5, 20, 60):
        for where in {0, size // 2 - 1, size - 2}:
            items = [(0, f"2026{n:06d}", 50_007 + 1_013 * n * n) for n in range(size)]
            items[where] = (0, items[where][1], 777_777)
            items[where + 1] = (0, items[where + 1][1], 777_777)
            lines = [{"amount": 777_777, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}]
            lines += [{"amount": m, "payer": people[who], "text": f"INV {number}"} for who, number, m in filler[:40]]
            partition = make_book(people, [*items, *filler], lines)
            first = next(each for each in to_proposals(partition, match(partition)) if each.bank_line_id == 100)
            assert first.action is Action.REVIEW, (size, where)
            assert first.confidence < 0.8, (size, where, first.confidence)
