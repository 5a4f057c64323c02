"""Worlds as examples with known answers, one per currency, without touching a file."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.matching.files import write_world
from bench.matching.world import World, make_world
from jobs.match_files import load_partitions
from matchers.learn import Example


def examples(seed: int, invoices: int, difficulty: float, *, with_history: bool = True) -> list[Example]:
    """Return the partitions of one world with their answers."""
    world = make_world(seed, invoices, difficulty)
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_world(world, folder)
        past = (folder / "history_statement.csv", folder / "history_truth.csv") if with_history else (None, None)
        partitions = load_partitions(
            folder / "customers.csv", folder / "invoices.csv", folder / "statement.csv", *past, []
        )
    return list(_with_answers(world, partitions))


def _with_answers(world: World, partitions) -> Iterator[Example]:  # type: ignore[no-untyped-def]
    truth: dict[str, dict[str, int]] = defaultdict(dict)
    free = set()
    for fitid, number, amount, _, is_free in world.truth:
        truth[fitid][number] = int(Decimal(amount).scaleb(2))
        if is_free == "1":
            free.add(fitid)
    for partition in partitions:
        places = {fitid: place for place, fitid in enumerate(partition.deposits.bank_id.tolist())}
        answers = {place: truth[fitid] for fitid, place in places.items() if fitid in truth}
        yield Example(partition, answers, frozenset(places[fitid] for fitid in free if fitid in places))
