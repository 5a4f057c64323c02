"""The night's matching: read all lines, settle the plain ones, learn from them, explain the rest, decide together.

Room: pure.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from matchers.again import open_again, paid_twice, settled_by, undone
from matchers.amount import CLAIM, DEDUCTION, DISCOUNT, FEE, OVERPAY, PARTIAL, shortage_rate
from matchers.answer import Answer
from matchers.base import Candidate, MatchSettings, Shortages
from matchers.candidates import Book, Memory, open_book
from matchers.clues import Clue, PastLine, payment_of, read_clues, read_history
from matchers.decide import Option, settle
from matchers.desk import Desk
from matchers.explain import explain, part_of
from matchers.family import families
from matchers.model import UNCALIBRATED, Model
from matchers.name import index_names
from matchers.numbers import Owned
from matchers.pay_run import MOST_LEARNED
from matchers.payers import payer_points
from matchers.payout import learn_tariffs
from matchers.reference import FULL, read_numbers
from matchers.result import MOST_SUGGESTIONS, MatchResult, columns_of, to_proposals
from matchers.returns import Link, link_returns
from matchers.shipped import shipped_model
from matchers.spread import LONGEST, Spread, here, in_lengths, slices_of
from matchers.suggest import suggest
from matchers.text import compact, fold, name_words
from recon.frames import Partition

SURE = 0.995  # an answer that is not weighed against others any more
LIKELY = 0.5
WORTH_A_LOOK = 1e-4  # chance below which an explanation is no rival
MOST_WEIGHED = 8  # explanations of one deposit that are weighed against those of others
TAUGHT = 4  # past payments that one teaching of a reviewer weighs

__all__ = ["MatchResult", "MatchSettings", "answer_batch", "match", "to_proposals"]


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


def learn_one(desk: Desk, clue: Clue, candidate: Candidate) -> None:
    """Teach the memory one deposit of this batch that is as good as certain."""
    who = set(candidate.customers)
    if len(who) == 1:
        customer = candidate.customers[0]
        desk.memory.learn_line(clue.keys, customer)
        desk.memory.learn_check(clue.check_number, customer)
        _learn_run(desk, clue, candidate, customer)
        due = [desk.book.due_day[i] for i in candidate.items]
        desk.memory.lags_of[customer].append(clue.day - sum(due) // len(due))
        desk.memory.kinds_of[customer][candidate.kind] += 1


def _learn_run(desk: Desk, clue: Clue, candidate: Candidate, customer: int) -> None:
    """Teach how due dates are treated: which of them this deposit took, of what was open when it came."""
    if desk.runs.learned >= MOST_LEARNED:
        return
    book, left, paid = desk.book, desk.left_minor, set(candidate.items)
    usual = clue.day - desk.usual_lag(customer)
    dates: dict[int, list[bool]] = defaultdict(list)
    for item in book.invoices_of.get(customer, ()):
        if book.issue_day[item] <= clue.day and (left[item] > 0 or item in paid):
            dates[book.due_day[item] - usual].append(item in paid)
    if sum(len(each) for each in dates.values()) >= 4:
        desk.runs.learn(list(dates.items()))


def plain_answers(desk: Desk, clues: Sequence[Clue]) -> dict[int, list[int]]:
    """Return, by position, the items of deposits that name open invoices in full which sum to the cent; learn
    shortages.
    """
    plain: dict[int, list[int]] = {}
    taken: set[int] = set()
    rates: Counter[int] = Counter()
    fees: Counter[int] = Counter()
    seen = 0
    for clue in clues:
        items = _named_in_full(desk, clue)
        if not items:
            continue
        opens = [desk.left_minor[i] for i in items]
        seen += 1
        if sum(opens) == clue.amount:
            if not taken & set(items):
                plain[clue.position] = items
                taken.update(items)
            continue
        kind = _kind_of(opens, clue.amount)
        if kind == DISCOUNT:
            rates[shortage_rate(opens, clue.amount)] += 1
        elif kind == FEE:
            fees[sum(opens) - clue.amount] += 1
        if kind:
            desk.memory.kinds_of[desk.book.customer[items[0]]][kind] += 1
    _learn_shortages(desk.shortages, rates, fees, max(20, seen))
    return plain


def _kind_of(opens: Sequence[int], amount: int) -> str:
    """Return the kind a difference looks like when the list is believed; nothing when the list seems incomplete."""
    short = sum(opens) - amount
    if short > 0 and shortage_rate(opens, amount):
        return DISCOUNT
    if 0 < short <= 10_000 and len(opens) < 30 and (short % 100 == 0 or short * 50 < sum(opens)):
        return FEE
    if short > 0:
        return PARTIAL if amount % 100_000 == 0 else DEDUCTION if short * 5 <= sum(opens) * 3 else ""
    return OVERPAY if -short * 4 < sum(opens) or amount % 100_000 == 0 else ""


def _learn_shortages(shortages: Shortages, rates: Counter[int], fees: Counter[int], seen: int) -> None:
    for rate, count in rates.items():
        if count >= 2:
            shortages.rate_shares[rate] = max(shortages.rate_shares.get(rate, 0.0), count / seen)
    for fee, count in fees.items():
        if count >= (2 if fee % 100 == 0 else 3):
            shortages.fee_shares[fee] = max(shortages.fee_shares.get(fee, 0.0), count / seen)


def _named_in_full(desk: Desk, clue: Clue) -> list[int]:
    _, hits = read_numbers(clue.tokens, desk.book)
    full = {
        hit.item: hit for hit in hits if hit.how == FULL and hit.points >= 9.0 and desk.book.open_minor[hit.item] > 0
    }
    if not full or len({hit.token for hit in full.values()}) != len(full):
        return []
    owners = {desk.book.customer[i] for i in full}
    if len(owners) != 1 or any(desk.book.issue_day[i] > clue.day for i in full):
        return []
    return list(full)


def weigh(answer: Answer) -> None:
    """Turn points into chances over the candidates and the unlisted rest."""
    scores = [candidate.score for candidate in answer.candidates]
    top = max([*scores, answer.unlisted])
    weights = [math.exp(score - top) for score in scores]
    total = sum(weights) + math.exp(answer.unlisted - top)
    answer.chances = [weight / total for weight in weights]


def claim(desk: Desk, candidate: Candidate) -> None:
    """Take what the candidate settles out of what is left. A disputed rest is only looked at when paid to the cent."""
    desk.claims.update(set(candidate.customers))
    for item, cash in zip(candidate.items, candidate.cash, strict=True):
        rest = desk.left_minor[item] - cash
        if candidate.kind == PARTIAL and rest:
            desk.left_minor[item] = rest
        else:
            desk.left_minor[item] = 0
            if rest > 0 and candidate.kind in (DEDUCTION, CLAIM):
                desk.rests.setdefault(desk.book.customer[item], {})[rest] = item


def match(
    partition: Partition, settings: MatchSettings | None = None, model: Model | None = None, spread: Spread = here
) -> MatchResult:
    """Return proposals for every line of the partition: posted within the error budget, the rest for review.

    Pure and deterministic, however the work is spread; the partition is not changed. Linear in lines and open items for
    realistic books.
    """
    chosen = settings or MatchSettings()
    budget = Fraction(str(chosen.error_budget))
    if not len(partition.past):
        budget /= 2  # without history nothing confirms that this book resembles those the calibration was counted on
    answers, gap = answer_batch(partition, chosen.without, spread)[1:]  # what is known of the book is let go of
    calibration = UNCALIBRATED if "calibration" in chosen.without else model or shipped_model()
    return columns_of(partition, answers, calibration, chosen, budget, gap)


def answer_batch(
    partition: Partition, without: frozenset[str] = frozenset(), spread: Spread = here
) -> tuple[Desk, list[Answer], float]:
    """Return what is thought of every credit and every linked return, and the points joint settlement may have lost."""
    book = open_book(partition.open_items, partition.customers)
    everything = read_clues(partition.deposits)
    clues = sorted((clue for clue in everything if clue.amount > 0), key=_turn)
    debits = sorted((clue for clue in everything if clue.amount < 0), key=_turn)
    taken_back = {-clue.amount for clue in debits}
    lines, past_clues = read_history(partition.past, taken_back, {payment_of(clue) for clue in clues})
    counts = Counter(key for clue in clues for key in clue.keys)
    desk = open_desk(partition, book, lines, counts.keys())
    desk.memory.repeated = frozenset(key for key, count in counts.items() if count > 1)
    del counts, everything
    clues = _with_telling_keys(desk, clues)
    desk.without = without
    past = list(past_clues.values())
    answers = _settle_certain(desk, clues, spread)
    by_position = {answer.clue.position: answer for answer in answers}
    links = link_returns(debits, [*past, *clues])
    returned = _reopen(desk, links, past, clues, debits, by_position)
    returned.update((True, position) for position in undone(partition, past))
    desk.twins_of, again = paid_twice(past, clues, returned)
    desk.again = {later: _first_time(partition, first, by_position) for later, first in again.items()}
    gap = _settle_rest(desk, [answer for answer in answers if not answer.is_certain], spread)
    debit_at = {clue.position: clue for clue in debits}
    answers.extend([_answer_return(link, past, clues, debit_at[link.debit], by_position) for link in links])
    for answer in answers:
        answer.twice = desk.twins_of.get(answer.clue.position, -60.0)
        answer.customer = answer.candidates[0].customers[0] if answer.candidates else _likely_payer(desk, answer)
    suggest(desk, answers, spread)
    return desk, answers, gap


def _turn(clue: Clue) -> tuple[int, int, str, int]:
    """Return when a line has its turn: of one day not the order of the rows decides what is learned first."""
    return clue.day, clue.amount, clue.text, clue.position


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


def _with_telling_keys(desk: Desk, clues: Iterable[Clue]) -> list[Clue]:
    """Return the clues with the keys that another line, the past or a person knows: of others nothing is learned."""
    memory = desk.memory
    refused = {key for key, _ in memory.refused}
    telling = {*memory.repeated, *memory.customers_of_key, *memory.nobody_of_key, *refused, *desk.payouts.tariffs}
    return [replace(clue, keys=tuple(key for key in clue.keys if key in telling)) for clue in clues]


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


def _settle_certain(desk: Desk, clues: Sequence[Clue], spread: Spread) -> list[Answer]:
    """Settle what names open invoices: first to the cent, then with what those teach about shortages and habits."""
    plain = plain_answers(desk, clues)
    answers = [Answer(clue, plain=clue.position in plain) for clue in clues]
    owners = {place: desk.book.customer[items[0]] for place, items in plain.items()}
    _settle_all(desk, [answer for answer in answers if answer.plain], 0.5, spread, owners)
    _settle_all(desk, [a for a in answers if not a.plain and _is_named(desk, a.clue)], SURE, spread)
    for answer in answers:
        answer.is_certain = bool(answer.candidates) and answer.chances[0] >= SURE
        if answer.is_certain:
            _forget(desk, answer, MOST_SUGGESTIONS)
    return answers


def _settle_all(
    desk: Desk, answers: Sequence[Answer], sure: float, spread: Spread, owners: Mapping[int, int] | None = None
) -> None:
    """Settle in order, a slice at a time: its deposits are explained side by side as they find the books.

    What an earlier one of the slice touches, its customers or its keys, is explained again in its turn, so that each
    sees what came before. `owners` limits the search of a deposit to one customer.
    """
    owner_of = owners or {}
    for part in slices_of(answers):
        desk.memory.fresh.clear()
        new = [a for a in part if not a.candidates or a.stamp != _stamp(desk, a)]
        for answer, explained in zip(new, _explain_all(desk, new, owner_of, spread), strict=True):
            _keep(desk, answer, explained)
        for answer in part:
            if answer.stamp != _stamp(desk, answer) or not desk.memory.fresh.isdisjoint(answer.clue.keys):
                _keep(desk, answer, explain(desk, answer.clue, owner_of.get(answer.clue.position, -1)))
            if answer.candidates:
                _take(desk, answer, sure)
                _shorten(answer, max(MOST_WEIGHED, sum(chance > WORTH_A_LOOK for chance in answer.chances)))


def _forget(desk: Desk, answer: Answer, most: int) -> None:
    """Let go of what only another look at the deposit would need."""
    desk.book.read.pop(id(answer.clue.tokens), None)
    _shorten(answer, most)


def _shorten(answer: Answer, most: int) -> None:
    del answer.candidates[most:], answer.chances[most:]


def _explain_all(
    desk: Desk, answers: Sequence[Answer], owner_of: Mapping[int, int], spread: Spread
) -> list[tuple[list[Candidate], float]]:
    def at(place: int) -> tuple[list[Candidate], float]:
        clue = answers[place].clue
        return explain(desk, clue, owner_of.get(clue.position, -1))

    return spread(at, len(answers))


def _settle_rest(desk: Desk, soft: Sequence[Answer], spread: Spread) -> float:
    """Settle the others: once in order of days, each seeing what came before; then jointly, each seeing all."""
    before = desk.left_minor[:], {customer: dict(rests) for customer, rests in desk.rests.items()}
    _settle_all(desk, soft, LIKELY, spread)
    desk.left_minor, desk.rests = before
    claims = Counter(c for a in soft if _is_likely(a) for c in set(a.candidates[0].customers))
    for part in in_lengths([answer for answer in soft if _is_contested(answer, claims)], LONGEST):
        for answer, (candidates, unlisted) in zip(part, _explain_all(desk, part, {}, spread), strict=True):
            first = answer.candidates, answer.unlisted
            answer.candidates, answer.unlisted = candidates, unlisted
            _merge(answer, *first)
    if "joint" in desk.without:
        for answer in soft:
            weigh(answer)
        return 0.0
    _add_remainders(desk, soft)
    return _settle_jointly(desk, soft)


def _is_contested(answer: Answer, claims: Counter[int]) -> bool:
    """Tell whether another deposit probably pays for a customer who may have paid this one."""
    own = set(answer.candidates[0].customers) if _is_likely(answer) else set()
    chances = zip(answer.candidates, answer.chances, strict=True)
    wanted = {customer for each, chance in chances if chance > WORTH_A_LOOK for customer in each.customers}
    return any(claims[customer] > (customer in own) for customer in wanted)


def _is_likely(answer: Answer) -> bool:
    return bool(answer.candidates) and answer.chances[0] >= LIKELY


def _likely_payer(desk: Desk, answer: Answer) -> int:
    points = payer_points(desk, answer.clue) if answer.twice > 0 else {}
    return max(points, key=lambda customer: points[customer]) if points else -1


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


def _first_time(partition: Partition, payment: tuple[bool, int], by_position: dict[int, Answer]) -> tuple[int, ...]:
    """Return the items of a returned payment, when it is known what they were."""
    is_past, position = payment
    if is_past:
        return open_again(partition, settled_by(partition, position))
    answer = by_position[position]
    return answer.candidates[0].items if answer.candidates and answer.chances[0] >= SURE else ()


def _reopen(
    desk: Desk,
    links: Sequence[Link],
    past: Sequence[Clue],
    clues: Sequence[Clue],
    debits: Sequence[Clue],
    by_position: dict[int, Answer],
) -> set[tuple[bool, int]]:
    """Open again what a returned payment had settled, from the day of its return on."""
    returned: set[tuple[bool, int]] = set()
    day_of_debit = {clue.position: clue.day for clue in debits}
    for link in links:
        is_past = link.original < len(past)
        original = past[link.original] if is_past else clues[link.original - len(past)]
        returned.add((is_past, original.position))
        answer = None if is_past else by_position[original.position]
        if answer is not None and answer.candidates and answer.chances[0] >= SURE:
            for item in answer.candidates[0].items:
                desk.left_minor[item] = desk.book.open_minor[item]
                desk.reopened.setdefault(desk.book.customer[item], {})[item] = day_of_debit[link.debit]
    return returned


def _answer_return(
    link: Link, past: Sequence[Clue], clues: Sequence[Clue], debit: Clue, by_position: dict[int, Answer]
) -> Answer:
    answer = Answer(debit)
    if link.original < len(past):
        answer.returns_past, answer.chances = past[link.original].position, [link.chance]
        return answer
    original = by_position[clues[link.original - len(past)].position]
    answer.returns = original.clue.position
    answer.chances = [link.chance]
    if original.candidates:
        best = original.candidates[0]
        answer.candidates = [
            replace(best, kind="return", cash=tuple(-c for c in best.cash), beside=(0,) * len(best.cash))
        ]
        answer.chances = [link.chance * original.chances[0]]
    return answer


def _is_named(desk: Desk, clue: Clue) -> bool:
    return any(hit.points >= 8.0 for hit in read_numbers(clue.tokens, desk.book)[1])


def _merge(answer: Answer, candidates: list[Candidate], unlisted: float) -> None:
    best = {candidate.key: candidate for candidate in answer.candidates}
    for candidate in candidates:
        if candidate.key not in best or best[candidate.key].score < candidate.score:
            best[candidate.key] = candidate
    answer.candidates = sorted(best.values(), key=lambda candidate: -candidate.score)
    answer.unlisted = max(unlisted, answer.unlisted)


def _settle_jointly(desk: Desk, answers: Sequence[Answer]) -> float:
    options = [[*(_option(c) for c in a.candidates[:MOST_WEIGHED]), Option(a.unlisted, ())] for a in answers]
    left = {item: desk.left_minor[item] for each in options for option in each for item, _ in option.takes}
    chances, gap = settle(options, left)
    for answer, found in zip(answers, chances, strict=True):
        order = sorted(range(len(found) - 1), key=lambda i: -found[i])
        answer.candidates = [answer.candidates[i] for i in order] + answer.candidates[MOST_WEIGHED:]
        answer.chances = [found[i] for i in order] + [0.0] * (len(answer.candidates) - len(order))
    return gap


def _add_remainders(desk: Desk, answers: Sequence[Answer]) -> None:
    """Add the explanation of two payments of one payer that together are one invoice: a part and its remainder."""
    by_payer: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        for customer in {c.customers[0] for c in answer.candidates[:3] if c.payer_points > -1.5}:
            by_payer[customer].append(answer)
    for customer, members in by_payer.items():
        wanted: dict[int, list[int]] = defaultdict(list)
        for item in desk.book.invoices_of.get(customer, ()):
            wanted[desk.left_minor[item]].append(item)
        for place, first in enumerate(members[:40]):
            for second in members[place + 1 : 40]:
                for item in wanted.get(first.clue.amount + second.clue.amount, ())[:4]:
                    if desk.book.issue_day[item] <= first.clue.day:
                        for answer in (first, second):
                            answer.candidates.append(part_of(desk, answer.clue, customer, item, -2.0))
                            answer.candidates.sort(key=lambda c: -c.score)


def _option(candidate: Candidate) -> Option:
    closes = candidate.kind != PARTIAL
    takes = tuple(
        (item, cash + (beside if closes else 0))
        for item, cash, beside in zip(candidate.items, candidate.cash, candidate.beside, strict=True)
    )
    return Option(candidate.score, takes)


def _keep(desk: Desk, answer: Answer, explained: tuple[list[Candidate], float]) -> None:
    answer.candidates, answer.unlisted = explained
    answer.chances = []
    if answer.candidates:
        weigh(answer)
    answer.stamp = _stamp(desk, answer)


def _stamp(desk: Desk, answer: Answer) -> int:
    """Return a number that changes when a claim touches a customer whose items explain this deposit."""
    return sum(desk.claims[c] for c in {c for each in answer.candidates for c in each.customers})


def _take(desk: Desk, answer: Answer, sure: float) -> None:
    best = answer.candidates[0]
    if answer.chances[0] >= sure:
        claim(desk, best)
        if answer.chances[0] >= 0.9995 and best.reference_points >= 9.0:
            learn_one(desk, answer.clue, best)
