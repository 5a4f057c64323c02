"""What is known before the first deposit: names, accounts, what reviewers taught, and what past deposits were.

Room: pure.
"""

from collections.abc import Collection, Iterable

import numpy as np

from matchers.base import Shortages
from matchers.candidates import Book, Memory
from matchers.clues import PastLine
from matchers.desk import Desk
from matchers.family import families
from matchers.name import index_names
from matchers.numbers import Owned
from matchers.payout import learn_tariffs
from matchers.text import compact, fold, name_words
from recon.frames import Partition

TAUGHT = 4  # past payments that one teaching of a reviewer weighs


def open_desk(partition: Partition, book: Book, lines: Iterable[PastLine], wanted: Collection[str]) -> Desk:
    """Return the desk before the first deposit: names, aliases and what history taught."""
    memory = Memory()
    entries = [(name, place) for place, name in enumerate(partition.customers.name.tolist())]
    for place, aliases in enumerate(partition.customers.aliases.tolist()):
        entries += [(alias, place) for alias in aliases.split("|") if alias]
    entries += learn_history(partition, lines, memory, wanted)
    _learn_accounts(partition, memory)
    _learn_teachings(partition, memory)
    desk = Desk(book, index_names(entries), memory, Shortages(), book.open_minor[:])
    desk.payouts = learn_tariffs(_past_payouts(partition))
    desk.families = families(partition.customers.parent)
    return desk


def learn_history(
    partition: Partition, lines: Iterable[PastLine], memory: Memory, wanted: Collection[str]
) -> dict[tuple[str, int], None]:
    """Teach the memory what past deposits were, and return the payer texts with the customer who used them."""
    owners = _owners_of_past(partition)
    entries: dict[tuple[str, int], None] = {}
    for line in lines:
        if line.amount <= 0:
            continue
        who = list(dict.fromkeys(owners.get(line.position)))
        for key in line.keys:
            if key in wanted:
                for customer in who or [-1]:
                    memory.learn_key(key, customer)
        if len(who) == 1:
            memory.learn_check(line.check_number, who[0])
            if line.payer:
                entries[line.payer, who[0]] = None
    return entries


def _owners_of_past(partition: Partition) -> Owned:
    """Return whose money each past line was, in the order of its allocations."""
    past = partition.past_allocations
    known = past.customer >= 0
    return Owned(past.deposit[known], past.customer[known], len(partition.past))


def _learn_accounts(partition: Partition, memory: Memory) -> None:
    for place, accounts in enumerate(partition.customers.bank_accounts.tolist()):
        for account in accounts.split("|") if accounts else ():
            memory.learn_key("A" + compact(fold(account)), place)


def _learn_teachings(partition: Partition, memory: Memory) -> None:
    """Take over what reviewers said, several times as strongly as one past payment."""
    taught = partition.teachings
    columns = taught.customer.tolist(), taught.key.tolist(), taught.is_positive.tolist()
    for customer, key, is_positive in zip(*columns, strict=True):
        keys = ["P" + "".join(name_words(key)), "A" + compact(fold(key))]
        for each in keys:
            if is_positive:
                memory.customers_of_key[each][customer] += TAUGHT
            else:
                memory.refused.add((each, customer))


def _past_payouts(partition: Partition) -> list[tuple[str, int, int, int]]:
    """Return payer key, net, gross and number of payers of past lines that settled more than they brought."""
    allocations, nets, names = partition.past_allocations, partition.past.amount_minor, partition.past.payer
    gross = np.zeros(len(nets), dtype=np.int64)
    np.add.at(gross, allocations.deposit, allocations.amount_minor)
    seen, first = np.unique(allocations.deposit, return_index=True)
    paid_out = seen[np.argsort(first)]
    paid_out = paid_out[(gross[paid_out] > nets[paid_out]) & (nets[paid_out] > 0)].tolist()
    payers = Owned(allocations.deposit, allocations.customer, len(nets))
    return [
        ("P" + "".join(name_words(names[line])), int(nets[line]), int(gross[line]), len(set(payers.get(line))))
        for line in paid_out
        if names[line]
    ]
