"""Who acts in a simulated year: the night that decides, reviewers, somebody who undoes, and an intruder.

Whatever they try, the model says beforehand whether the books must allow it.

Room: shell.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from bench.plain_books import ACCOUNT, DISCOUNT, GAIN, ITEM, OUT, PLACED, WAITING, Event, Place
from bench.year import WrongBooksError, Year, customer_of, is_foreign
from recon.errors import Conflict, NotAllowed
from recon.ledger import CashLine, apply_deposit
from recon.model import Action, Allocation, Proposal
from recon.review import Act, Decision
from recon.store import review
from recon.store.books import post, undo
from recon.store.chain import Author
from recon.store.proposals import save_decisions

Tried = tuple[Decision, Event | None]  # what a reviewer tries, and what it comes to; None: it must be refused


def night_decides(year: Year) -> None:
    """Matching is sure of some, asks for others, and claims one invoice twice when two deposits fit it."""
    proposals = [_proposal(year, line) for line, state in year.model.states().items() if state == WAITING]
    for _ in year.do(lambda c: save_decisions(c, proposals, year.night(), year.today)):
        # Entries are made from what the books said before any of them was posted.
        for proposal, event in [(one, _event(year, one)) for one in proposals]:
            line = proposal.bank_line_id
            if event is not None and not year.lines[line].by_hand and year.model.allows(event):
                year.note(_last_entry(year, line), event)


def reviewers_act(year: Year) -> None:
    """Reviewers take some of what waits; the second of two who decide the same is told so."""
    with year.store.read() as connection:
        queue = review.list_items(connection, limit=4, kind="deposit")
    for item in queue:
        with year.store.read() as connection:
            if review.get_item(connection, item.id).version != item.version:
                continue  # a return that was just booked took this deposit back
        line = item.subject_id
        way = year.chance.choice(INCOMING if year.model.lines[line] > 0 else OUTGOING)
        tried = way(year, line)
        if tried is None:
            continue
        decision, event = tried
        if decision.act in (Act.REJECT, Act.SNOOZE):
            _decide(year, item.id, item.version, decision)
            year.lines[line].by_hand |= decision.act is Act.REJECT
        elif event is not None and year.model.allows(event):
            (entry_id,) = _decide(year, item.id, item.version, decision)
            year.note(entry_id, event)
        else:
            _must_refuse(lambda: _as(year, "ada", item.id, item.version, decision), f"{decision} was taken")  # noqa: B023
    year.do(lambda c: review.wake_snoozed(c, year.today))


def somebody_undoes(year: Year) -> None:
    """Undo what was last done with a line, or any entry, mostly a recent one, also one that undid another.

    Who finds one thing wrong often finds another wrong with the same lines; a return called wrong may prove right late.
    """
    recent = list(year.booked)[year.chance.choice((-12, -12, 0)) :]
    returns = [n for n in sorted(year.undos) if any(year.model.lines[line] < 0 for line in year.booked[n].touched())]
    entries = year.chance.choice((recent, sorted(year.undos)[-6:], returns))
    if entries and year.chance.random() < 0.6:
        touched = _undo(year, year.chance.choice(entries))
    else:
        touched = _undo_last(year, year.chance.choice(list(year.lines)))
    while touched and year.chance.random() < 0.5:
        touched = _undo_last(year, year.chance.choice(sorted(touched)))


def intruder_fails(year: Year) -> None:
    """Another program tries what the books must refuse: to place a placed line, to write into a closed month."""
    states = year.model.states()
    placed = [line for line, state in states.items() if state == PLACED and year.model.lines[line] > 0]
    waiting = [line for line, state in states.items() if state == WAITING]
    for lines, day, wrong in (
        (placed, year.today, "a placed line was placed again"),
        (waiting, year.closed, "a closed month took an entry"),
    ):
        if lines and day > date.min:
            line = year.chance.choice(lines)
            cash = CashLine(line, "main", "EUR", year.model.lines[line])
            entry = apply_deposit(cash, (Allocation(None, 1, cash.amount_minor),), day)
            _must_refuse(lambda: year.do(lambda c: post(c, [entry], year.night())), wrong)  # noqa: B023


def _undo_last(year: Year, line: int) -> set[int]:
    moves = [n for n, event in year.booked.items() if event.live and n not in year.undos and line in event.touched()]
    return _undo(year, max(moves, default=0), f"D{line}")


def _undo(year: Year, entry_id: int, subject: str = "") -> set[int]:
    """Undo an entry, named as people name it, where the model says that it can be; return the lines it moved."""
    subject = subject or f"E{entry_id}"
    event = year.booked.get(entry_id)
    allowed = event is not None and event.live and year.model.allows(event.mirrored())
    author = Author("ben", year.moment())
    try:
        (new_id,) = year.do(lambda c: undo(c, subject, author, year.today, "wrong"), repeatable=False)
    except NotAllowed:
        if allowed:
            raise WrongBooksError(f"{subject} cannot be undone") from None
        return set()
    if event is None or not allowed:
        raise WrongBooksError(f"{subject} was undone")
    event.live = False
    year.note(new_id, event.mirrored())
    year.undos.add(new_id)
    for line in event.touched():
        year.lines[line].by_hand = True
    return event.touched()


def _proposal(year: Year, line: int) -> Proposal:
    minor = year.model.lines[line]
    if minor < 0:
        return _outgoing(year, line)
    fitting = [item for item in _own(year) if year.model.open[item] == minor]
    if fitting and year.chance.random() < 0.8:
        return Proposal(line, 1, Action.POST, 0.99, "exact", (_pays(year, fitting[0], minor),))
    discounted = [item for item in _own(year) if year.model.open[item] == minor + 100]
    if discounted and year.chance.random() < 0.5:
        one = _pays(year, discounted[0], minor, discount_minor=100)
        return Proposal(line, 1, Action.POST, 0.99, "discount", (one,))
    larger = [item for item in _own(year) if year.model.open[item] > minor]
    suggested = (_pays(year, larger[0], minor),) if larger else ()
    return Proposal(line, 1, Action.REVIEW, 0.5, "partial", suggested)


def _outgoing(year: Year, line: int) -> Proposal:
    """A return of the deposit that is meant, or of another that is large enough; else a charge, or a question."""
    minor, states = -year.model.lines[line], year.model.states()
    deposits = [one for one, state in states.items() if state == PLACED and year.model.lines[one] >= minor]
    meant = year.lines[line].takes_back
    if deposits and year.chance.random() < 0.4:
        original = meant if meant in deposits else year.chance.choice(deposits)
        return Proposal(line, 1, Action.POST, 0.99, "return", (), reverses_line_id=original)
    if year.chance.random() < 0.2:
        return Proposal(line, 1, Action.SET_ASIDE, 0.99, "charge", (), set_aside_name="bank_charges")
    return Proposal(line, 1, Action.REVIEW, 0.2, "none", ())


def _event(year: Year, proposal: Proposal) -> Event | None:
    """Return what a proposal comes to; None when a person must decide."""
    line = proposal.bank_line_id
    if proposal.action is Action.REVIEW:
        return None
    if proposal.reverses_line_id is not None:
        return _return_event(year, line, proposal.reverses_line_id)
    if not proposal.allocations:
        return year.model.placed(line, {})
    numbers = {year.item_id(item): item for item in year.model.open}
    (one,) = proposal.allocations
    item = numbers[one.open_item_id or 0]
    return year.model.placed(line, {(ITEM, item): one.settled_minor, (DISCOUNT, item): one.discount_minor})


def _return_event(
    year: Year, back: int, deposit: int, parts: dict[Place, int] | None = None, charge: int = 0
) -> Event | None:
    """Return what taking a deposit back is, or parts of it; None when it is not plain."""
    model, parts = year.model, parts or {}
    left, took = model.lines[deposit] - model.taken[deposit], -model.lines[back] - charge
    if model.lines[deposit] <= 0 or model.lines[back] >= 0 or left <= 0:
        return None
    if not parts and took >= left:
        return model.returned(back, deposit)
    cash = {place: minor for place, minor in model.cash_of(deposit).items() if minor > 0}
    if any(kind == ITEM and is_foreign(item) for kind, item in cash):
        return None
    if not parts:
        fits = [place for place, minor in cash.items() if minor == took or (len(cash) == 1 and took < minor)]
        if len(fits) != 1:
            return None
        parts = {fits[0]: took}
    total = sum(parts.values())
    if total != took or total > left or any(not 0 < minor <= cash.get(place, 0) for place, minor in parts.items()):
        return None
    return model.returned(back, deposit) if total == left else model.part_returned(back, deposit, parts)


def _applies(year: Year, line: int) -> Tried | None:
    """Pay an invoice or two: wholly or in part, with a discount, with a rest on account."""
    items = [item for item in _own(year) if year.model.open[item] > 0]
    allocations, shares = [], {}
    left = year.model.lines[line]
    for item in year.chance.sample(items, min(len(items), year.chance.choice((1, 2)))):
        opened = year.model.open[item]
        cash = min(left, max(opened - year.chance.choice((0, 0, 100)), 100), opened)
        discount = min(opened - cash, year.chance.choice((0, 100)))
        if cash:
            allocations.append(_pays(year, item, cash, discount_minor=discount))
            shares |= {(ITEM, item): cash + discount, (DISCOUNT, item): discount}
            left -= cash
    if not allocations:
        return None
    owner = allocations[0].customer_id
    allocations += [Allocation(None, owner, left)] if left else []
    return Decision(Act.APPLY, allocations=tuple(allocations)), year.model.placed(
        line, shares | {(ACCOUNT, owner): left}
    )


def _applies_abroad(year: Year, line: int) -> Tried | None:
    """Pay an invoice in dollars, with a gain or a loss."""
    items = [item for item, opened in year.model.open.items() if is_foreign(item) and opened > 0]
    if not items:
        return None
    item, gain = year.chance.choice(items), year.chance.choice((-70, 0, 70))
    cash = year.chance.choice((year.model.open[item], 200))
    decision = Decision(
        Act.APPLY, allocations=(_pays(year, item, cash),), currency="USD",
        booked_minor=year.model.lines[line] - gain,
    )  # fmt: skip
    return decision, year.model.placed(line, {(ITEM, item): cash, (GAIN, 0): gain})


def _says_told_twice(year: Year, line: int) -> Tried | None:
    """Name another line of the same amount, if there is one, or any; the books take only another file's."""
    model, file = year.model, year.lines[line].file
    same = [one for one, minor in model.lines.items() if one != line and minor == model.lines[line]]
    twin = year.chance.choice(same or list(model.lines))
    is_twin = twin in same and year.lines[twin].file != file and model.state[twin] != OUT
    event = Event(lines={line: (WAITING, OUT)}) if is_twin else None
    return Decision(Act.DUPLICATE_OF, duplicate_of=twin), event


def _says_returned(year: Year, line: int) -> Tried | None:
    """Name the deposit alone, or the part of it and the bank's charge."""
    deposits = [one for one, minor in year.model.lines.items() if minor > 0]
    if not deposits:
        return None
    meant = year.lines[line].takes_back
    deposit = meant if meant and year.chance.random() < 0.8 else year.chance.choice(deposits)
    cash = {place: minor for place, minor in year.model.cash_of(deposit).items() if minor > 0}
    if not cash or year.chance.random() < 0.4:
        return Decision(Act.RETURN_OF, return_of=deposit), _return_event(year, line, deposit)
    place, took = year.chance.choice(sorted(cash)), -year.model.lines[line]
    part = year.chance.choice((took, min(took, cash[place])))
    kind, who = place
    allocation = _pays(year, who, part) if kind == ITEM else Allocation(None, who, part)
    decision = Decision(Act.RETURN_OF, return_of=deposit, allocations=(allocation,), charge_minor=took - part)
    return decision, _return_event(year, line, deposit, {place: part}, took - part)


def _sets_aside(year: Year, line: int) -> Tried | None:
    return Decision(Act.SET_ASIDE, set_aside_name="other"), year.model.placed(line, {})


def _rejects(year: Year, line: int) -> Tried | None:
    return Decision(Act.REJECT), None


def _snoozes(year: Year, line: int) -> Tried | None:
    return Decision(Act.SNOOZE, until=year.today + timedelta(days=7)), None


def _leaves(year: Year, line: int) -> Tried | None:
    return None


Way = Callable[[Year, int], Tried | None]
INCOMING: Sequence[Way] = (_applies, _applies, _applies, _applies_abroad, _says_told_twice, _sets_aside, _rejects,
                           _snoozes, _leaves)  # fmt: skip
OUTGOING: Sequence[Way] = (_says_returned, _says_returned, _says_returned, _sets_aside, _rejects, _snoozes, _leaves)


def _decide(year: Year, item_id: int, version: int, decision: Decision) -> tuple[int, ...]:
    """Act as one reviewer; then another, who saw the item as it was, tries the same and must be told."""
    if year.chance.random() < 0.2:
        _as(year, "ben", item_id, version, Decision(Act.CLAIM))
        version += 1
        _must_conflict(lambda: _as(year, "ada", item_id, version, decision), "two work on one item")
        _as(year, "ben", item_id, version, Decision(Act.RELEASE))
        version += 1
    done = _as(year, "ada", item_id, version, decision)
    _must_conflict(lambda: _as(year, "ben", item_id, version, decision), "a stale version was accepted")
    return done.entry_ids


def _as(year: Year, actor: str, item_id: int, version: int, decision: Decision) -> review.Done:
    author = Author(actor, year.moment())
    (done,) = year.do(lambda c: review.act(c, item_id, version, decision, author, year.today), repeatable=False)
    assert isinstance(done, review.Done)
    return done


def _must_conflict(work: Callable[[], object], wrong: str) -> None:
    try:
        work()
    except Conflict:
        return
    raise WrongBooksError(wrong)


def _must_refuse(work: Callable[[], object], wrong: str) -> None:
    try:
        work()
    except (Conflict, NotAllowed):
        return
    raise WrongBooksError(wrong)


def _own(year: Year) -> list[int]:
    return [item for item in year.model.open if not is_foreign(item)]


def _pays(year: Year, item: int, minor: int, **beside: int) -> Allocation:
    return Allocation(year.item_id(item), customer_of(item), minor, **beside)


def _last_entry(year: Year, line: int) -> int:
    return int(year.rows(f"SELECT max(id) FROM entry WHERE bank_line_id = {line}")[0][0])
