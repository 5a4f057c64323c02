"""The night's matching: read all lines, settle the plain ones, learn from them, explain the rest, decide together.

Room: pure.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from matchers.again import open_again, paid_twice, settled_by, undone
from matchers.amount import CLAIM, DEDUCTION, PARTIAL
from matchers.answer import Answer
from matchers.base import Candidate, MatchSettings
from matchers.candidates import open_book
from matchers.clues import Clue, payment_of, read_clues, read_history
from matchers.decide import Option, settle
from matchers.desk import Desk
from matchers.explain import explain, part_of
from matchers.history import open_desk
from matchers.lessons import learn_one, plain_answers
from matchers.model import UNCALIBRATED, Model
from matchers.payers import payer_points
from matchers.reference import read_numbers
from matchers.result import MOST_SUGGESTIONS, MatchResult, columns_of, to_proposals
from matchers.returns import Link, link_returns
from matchers.shipped import shipped_model
from matchers.spread import LONGEST, Spread, here, in_lengths, slices_of
from matchers.suggest import suggest
from recon.frames import Partition

SURE = 0.995  # an answer that is not weighed against others any more
LIKELY = 0.5
WORTH_A_LOOK = 1e-4  # chance below which an explanation is no rival
MOST_WEIGHED = 8  # explanations of one deposit that are weighed against those of others

__all__ = ["MatchResult", "MatchSettings", "answer_batch", "match", "to_proposals"]


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


def _with_telling_keys(desk: Desk, clues: Iterable[Clue]) -> list[Clue]:
    """Return the clues with the keys that another line, the past or a person knows: of others nothing is learned."""
    memory = desk.memory
    refused = {key for key, _ in memory.refused}
    telling = {*memory.repeated, *memory.customers_of_key, *memory.nobody_of_key, *refused, *desk.payouts.tariffs}
    return [replace(clue, keys=tuple(key for key in clue.keys if key in telling)) for clue in clues]


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
