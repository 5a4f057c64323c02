"""Fifteen usual spellings of one number: recognised, and never as the neighbour."""

import pytest

from matchers.cascade import match, to_proposals

SPELLINGS = (
    "INVOICE RE-2026-02494",
    "INV#RE202602494",
    "RE 2026-02494",
    "RE-2026- 02494",
    "2026-02494",
    "202602494",
    "2602494",
    "02494",
    "RE-2O26-O2494",
    "RE-2026-024940"[:-1],
    "re-2026-02494",
    "RE/2026/02494",
    "RE-20 26-02494",
    "RE-2026-02949",
    "RG.NR. RE-2026.02494",
)


def numbers_settled(partition):
    numbers = dict(zip(partition.open_items.id.tolist(), partition.open_items.number.tolist(), strict=True))
    result = match(partition)
    best = [p for p in to_proposals(partition, result) if p.rank == 1]
    return [numbers[a.open_item_id] for p in best for a in p.allocations if a.open_item_id is not None], best[0]


@pytest.fixture
def spelled(make_book, people, filler):
    def build(text):
        items = [
            (0, "RE-2026-02494", 125_050),
            (0, "RE-2026-02495", 125_050),
            (0, "RE-2026-02484", 125_050),
            (0, "RE-2026-12494", 77_100),
            *filler,
        ]
        return make_book(people, items, [{"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": text}])

    return build


def test_thirteen_of_fifteen_spellings_are_recognised_and_no_neighbour(spelled):
    assert len(set(SPELLINGS)) >= 14
    found = {text: numbers_settled(spelled(text)) for text in SPELLINGS}
    right = [text for text, (numbers, _) in found.items() if numbers == ["RE-2026-02494"]]
    posted_neighbour = [
        text for text, (numbers, best) in found.items() if numbers != ["RE-2026-02494"] and best.action.value == "auto"
    ]
    assert posted_neighbour == []
    assert len(right) >= 13, sorted(set(SPELLINGS) - set(right))


def test_slip_that_is_itself_another_open_invoice_is_not_posted(make_book, people, filler):
    items = [(0, "RE-2026-02494", 125_050), (0, "RE-2026-02449", 99_000), *filler]
    line = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "RE-2026-02449"}
    numbers, best = numbers_settled(make_book(people, items, [line]))
    assert not (best.action.value == "auto" and numbers == ["RE-2026-02449"])


def test_compressed_tails_name_their_invoices(make_book, people, filler):
    items = [(0, f"20261{n}", 50_000 + n * 13) for n in (21, 22, 23, 24, 25)]
    total = sum(amount for _, number, amount in items if number in ("2026121", "2026122", "2026125"))
    line = {"amount": total, "payer": "ALDER TOOLING GMBH", "text": "INV 2026121,22,25"}
    numbers, _ = numbers_settled(make_book(people, [*items, *filler], [line]))
    assert sorted(numbers) == ["2026121", "2026122", "2026125"]
