"""A small book by hand: customers, open items, bank lines and past lines as one partition."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest

from recon.frames import (
    Customers,
    Deposits,
    OpenItems,
    Partition,
    PastAllocations,
    Teachings,
    day_number,
    day_numbers,
    texts,
)

MONDAY = date(2026, 3, 2)
Line = dict[str, Any]


def deposits(lines: Sequence[Line]) -> Deposits:
    def column(name: str) -> Any:
        return texts([line.get(name, "") for line in lines])

    days = [line.get("day", MONDAY) for line in lines]
    return Deposits(
        np.arange(100, 100 + len(lines)),
        np.array([line["amount"] for line in lines], dtype=np.int64),
        day_numbers(days) if lines else np.empty(0, dtype=np.int32),
        texts([line.get("bank_id", f"L{place}") for place, line in enumerate(lines)]),
        column("kind"),
        column("check"),
        column("payer"),
        column("account"),
        column("text"),
        column("reference"),
        column("end_to_end"),
        np.array([line.get("postable", True) for line in lines], dtype=np.bool_),
    )


def book(
    customers: Sequence[str],
    items: Sequence[tuple[int, str, int]],
    lines: Sequence[Line],
    past: Sequence[Line] = (),
    allocations: Sequence[tuple[int, int, str, int]] = (),
    orders: Sequence[str] | None = None,
    due: Sequence[date] | None = None,
) -> Partition:
    """Items are (customer, number, open minor); allocations (past line, customer, number, minor)."""
    count = len(items)
    opens = np.array([item[2] for item in items], dtype=np.int64)
    days = day_numbers(list(due)) if due else np.full(count, day_number(date(2026, 2, 27)), dtype=np.int32)
    return Partition(
        "",
        "USD",
        day_number(date(2026, 3, 31)),
        deposits(lines),
        OpenItems(
            np.arange(1000, 1000 + count),
            np.array([item[0] for item in items], dtype=np.int64),
            texts([item[1] for item in items]),
            texts(list(orders) if orders else [""] * count),
            np.full(count, day_number(date(2026, 1, 20)), dtype=np.int32),
            days.astype(np.int32),
            opens,
            opens.copy(),
            texts([""] * count),
        ),
        Customers(
            np.arange(10, 10 + len(customers)),
            texts([f"C{place:05d}" for place in range(len(customers))]),
            texts(list(customers)),
            texts([""] * len(customers)),
            texts([""] * len(customers)),
            np.full(len(customers), -1),
        ),
        deposits(past),
        PastAllocations(
            np.array([row[0] for row in allocations], dtype=np.int64),
            np.array([row[1] for row in allocations], dtype=np.int64),
            texts([row[2] for row in allocations]),
            np.array([row[3] for row in allocations], dtype=np.int64),
        ),
        Teachings.empty(),
    )


@pytest.fixture
def make_book() -> Callable[..., Partition]:
    return book


PEOPLE = (
    "Alder Tooling GmbH",
    "Birch & Sons Ltd",
    "Cedar Valley Foods Inc",
    "Dogwood Press",
    "Elm Street Bakery LLC",
    "Fir Logistics SA",
    "Ginkgo Health plc",
    "Hazel Components AG",
    "Ivy Garden Centres",
    "Juniper Marine Oy",
)


@pytest.fixture
def people() -> tuple[str, ...]:
    return PEOPLE


@pytest.fixture
def filler() -> list[tuple[int, str, int]]:
    """Open invoices of other customers, so that nothing is found only because nothing else is there."""
    return [(2 + place % 8, f"4711{place:06d}", 31_007 + place * 7_919) for place in range(160)]
