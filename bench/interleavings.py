"""Reviewers, the night and an import on the same deposit, statement by statement, in thousands of orders.

    python -m bench.interleavings                  2,000 on SQLite and 2,000 on a PostgreSQL server of our own
    python -m bench.interleavings --rounds 100 --first 4000    other seeds; a seed replays its order

In every order one of them gets its way, the others are told of a conflict, nobody waits for ever, and the books hold.

Room: shell.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from functools import partial

from sqlalchemy import text

from bench import small_night
from bench.rewind import Rewind, databases
from bench.turns import Work, take_turns
from recon.model import Action, Allocation, Proposal
from recon.review import Act, Decision
from recon.store.books import undo
from recon.store.chain import Author
from recon.store.engine import Store, open_store
from recon.store.proposals import save_decisions
from recon.store.review import act, list_items, show_item
from recon.verify import verify

WON, LOST, IDLE = "won", "lost", "idle"
REFUSED = (LOST, "Conflict", "NotAllowed")
AS_OF = small_night.AS_OF


@dataclass(frozen=True, slots=True)
class Story:
    """Who meets whom over what. `effects` counts, in the books, what may be there once; by a query."""

    name: str
    works: tuple[Work, ...]
    effects: str
    is_applied_before: bool = False


def tab(name: str, *decisions: Decision, item: int = 1) -> Work:
    """Return a reviewer who looks at an item, and then decides on what was seen."""

    def work(store: Store) -> str:
        with store.read() as connection:
            version = show_item(connection, item).item.version
        for ahead, decision in enumerate(decisions):
            with store.write() as connection:
                act(connection, item, version + ahead, decision, Author(name, small_night.ADA.now), AS_OF)
        return WON

    return work


def night(*lines: int) -> Work:
    """Return a night that looks what waits, and posts these deposits to the first invoice when they do."""

    def work(store: Store) -> str:
        with store.read() as connection:
            waiting = {item.subject_id for item in list_items(connection)}
        sure = [Proposal(n, 1, Action.POST, 0.99, "exact", (Allocation(1, 1, 1_000),)) for n in lines if n in waiting]
        with store.write() as connection:
            saved = save_decisions(connection, sure, small_night.NIGHT, AS_OF)
        return WON if saved.posted else LOST if sure else IDLE

    return work


def bank(store: Store) -> str:
    """Import again what is known, as a second program would."""
    small_night.import_first(store)
    return IDLE


def undoing(name: str) -> Work:
    """Return a reviewer who undoes the first deposit."""

    def work(store: Store) -> str:
        with store.write() as connection:
            undo(connection, "D1", Author(name, small_night.ADA.now), AS_OF, "wrong customer")
        return WON

    return work


_APPLIED = "SELECT count(*) FROM posting WHERE account = 'receivable' AND open_item_id = 1 AND amount_minor < 0"
_PLACED = "SELECT count(*) FROM entry WHERE bank_line_id = 1 AND kind IN ('apply', 'set_aside', 'on_account')"
_UNDONE = "SELECT count(*) FROM entry WHERE kind = 'undo'"
_PAYS_FIRST = Decision(Act.APPLY, allocations=(Allocation(1, 1, 1_000),))
_ACCEPT, _CLAIM, _REJECT = Decision(Act.ACCEPT), Decision(Act.CLAIM), Decision(Act.REJECT)
_ASIDE = Decision(Act.SET_ASIDE, set_aside_name="other")
STORIES = (
    Story("two tabs and the night on one deposit", (night(1), tab("ada", _ACCEPT), tab("ben", _ACCEPT)), _APPLIED),
    Story("one claims first", (night(1), tab("ada", _CLAIM, _PAYS_FIRST), tab("ben", _ACCEPT)), _APPLIED),
    Story("an import beside them", (night(1), tab("ada", _ACCEPT), tab("ben", _ASIDE), bank), _PLACED),
    Story(
        "three deposits for one invoice",
        (night(3), tab("ada", _PAYS_FIRST), tab("ben", _PAYS_FIRST, item=2)),
        _APPLIED,
    ),
    Story("rejected or accepted", (night(1), tab("ada", _REJECT), tab("ben", _ACCEPT)), _PLACED),
    Story("undone twice", (undoing("ada"), undoing("ben"), night(2), bank), _UNDONE, is_applied_before=True),
)


def main() -> int:
    """Run all rounds on both databases and print the table; 1 when any of them ended wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2_000, help="on each database")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.rounds)
    return int(sum(len(run(database, seeds, rewind)) for database, rewind in databases("turns")) > 0)


def run(database: str, seeds: range, rewind: Rewind) -> list[str]:
    """Play each seed's story in its order; print one line and return what went wrong."""
    started, wrong, orders = time.monotonic(), [], set()
    for seed in seeds:
        story = STORIES[seed % len(STORIES)]
        told, order = play(_before(story, rewind), story, seed)
        orders.add((story.name, order))
        wrong += [f"seed {seed}, {story.name}: {told}"] if told else []
    seconds = time.monotonic() - started
    print(f"{database:10} {len(seeds)} interleavings, {len(orders)} different, {len(wrong)} wrong, {seconds:.0f} s")
    for each in wrong[:5]:
        print(f"  {each}")
    return wrong


def _before(story: Story, rewind: Rewind) -> str:
    is_applied = story.is_applied_before
    return rewind(f"turns_{is_applied}".lower(), partial(_prepare, is_applied=is_applied))


def play(url: str, story: Story, seed: int) -> tuple[str, tuple[int, ...]]:
    """Return what is wrong with the books after the story, or nothing, and the order of its turns."""
    try:
        outcomes, order = take_turns(url, story.works, seed)
    except TimeoutError as error:
        return f"somebody waits for ever: {error}", ()
    return _judge(url, story, outcomes), order


def _judge(url: str, story: Story, outcomes: list[str]) -> str:
    store = open_store(url)
    with store.read() as connection:
        effects = connection.execute(text(story.effects)).scalar_one()
        twice = connection.execute(text("SELECT count(*) FROM bank_line")).scalar_one() - small_night.COUNT
    store.close()
    findings = verify(url).findings
    if findings:
        return findings[0].what
    strange = [each for each in outcomes if each not in (WON, IDLE, *REFUSED)]
    if strange or twice:
        return f"{strange}, {twice} lines more"
    return "" if _is_one(story, outcomes, effects) else f"{outcomes}, {effects} effects"


def _is_one(story: Story, outcomes: list[str], effects: int) -> bool:
    """One got its way and has its effect. Whoever rejects has none; after that, another may still place it."""
    winners = outcomes.count(WON)
    if story.name == "rejected or accepted":
        return effects <= 1 <= winners <= effects + 1
    return winners == effects == 1


def _prepare(store: Store, *, is_applied: bool) -> None:
    """Three deposits wait, with the first invoice suggested; or the first is applied already."""
    small_night.prepare(store)
    small_night.import_first(store)
    first = Action.POST if is_applied else Action.REVIEW
    with store.write() as connection:
        suggested = Proposal(1, 1, first, 0.6, "exact", (Allocation(1, 1, 1_000),))
        others = [Proposal(n, 1, Action.REVIEW, 0.1, "none", ()) for n in (2, 3)]
        save_decisions(connection, [suggested, *others], small_night.NIGHT, AS_OF)


if __name__ == "__main__":
    sys.exit(main())
