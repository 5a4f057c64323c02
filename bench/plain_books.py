"""The books as plain integers: what each event changes, which events the books must allow, and what undoing gives back.

The property test and the simulated years hold the engine to it. It shares no code with the engine and knows no accounts
but these: what is open, what customers have on account, where each bank line is, and what each deposit settles.

Room: pure.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

WAITING, PLACED, RETURNED, OUT = "waiting", "placed", "returned", "superseded"
ACCOUNT, ITEM, GAIN, DISCOUNT = range(4)
Place = tuple[
    int, int
]  # (ITEM, open item), (ACCOUNT, customer), or what stands beside: (GAIN, 0), (DISCOUNT, open item)


@dataclass
class Event:
    """What an entry did: changes of open amounts, of money on account, of lines.

    `shares` are what a deposit settles by place, `taken` what of its cash the bank took back in parts.
    """

    opens: dict[int, int] = field(default_factory=dict)
    account: dict[int, int] = field(default_factory=dict)
    lines: dict[int, tuple[str, str]] = field(default_factory=dict)  # from, to
    shares: dict[tuple[int, Place], int] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    live: bool = True

    def mirrored(self) -> "Event":
        """Return what undoes it."""
        return Event(
            {item: -delta for item, delta in self.opens.items()},
            {customer: -delta for customer, delta in self.account.items()},
            {line: (after, before) for line, (before, after) in self.lines.items()},
            {place: -delta for place, delta in self.shares.items()},
            {line: -delta for line, delta in self.taken.items()},
        )

    def touched(self) -> set[int]:
        """Return the lines that it moves."""
        return {*self.lines, *self.taken}


@dataclass
class PlainBooks:
    """What the books must say."""

    amount: dict[int, int] = field(default_factory=dict)  # of open items
    open: dict[int, int] = field(default_factory=dict)
    account: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    lines: dict[int, int] = field(default_factory=dict)  # amounts
    state: dict[int, str] = field(default_factory=dict)
    shares: dict[tuple[int, Place], int] = field(default_factory=lambda: defaultdict(int))
    taken: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def issue(self, items: Mapping[int, int]) -> None:
        """Take new open items in."""
        self.amount |= items
        self.open |= items

    def arrive(self, line: int, minor: int) -> None:
        """Take a new bank line in."""
        self.lines[line], self.state[line] = minor, WAITING

    def placed(self, line: int, shares: Mapping[Place, int]) -> Event:
        """Return what placing a line on these places is; on none of them, it is set aside."""
        event = self._moved(line, {place: minor for place, minor in shares.items() if minor})
        event.lines = {line: (WAITING, PLACED)}
        return event

    def returned(self, back: int, deposit: int) -> Event:
        """Return what taking back a deposit is, or all that earlier parts left of it."""
        event = self._moved(deposit, {place: -minor for place, minor in self.shares_of(deposit).items()})
        event.lines = {back: (WAITING, RETURNED)}
        if self.taken[deposit]:
            event.taken = {deposit: self.lines[deposit] - self.taken[deposit]}
        else:
            now = self.state[deposit]
            event.lines[deposit] = ("never" if now in (RETURNED, OUT) else now, RETURNED)
        return event

    def part_returned(self, back: int, deposit: int, parts: Mapping[Place, int]) -> Event:
        """Return what taking back these parts of a deposit's cash is. Discount goes with the last cash of its item."""
        shares = {place: -minor for place, minor in parts.items()}
        for place, minor in parts.items():
            if place[0] == ITEM and minor == self.cash_of(deposit).get(place):
                shares[place], beside = -self.shares[deposit, place], (DISCOUNT, place[1])
                shares[beside] = -self.shares[deposit, beside]
        event = self._moved(deposit, {place: minor for place, minor in shares.items() if minor})
        event.lines = {back: (WAITING, RETURNED)}
        event.taken = {deposit: sum(parts.values())}
        return event

    def allows(self, event: Event) -> bool:
        """Tell whether the books must take the event; they must refuse it otherwise."""
        opens = all(_within(self.open[item] + delta, self.amount[item]) for item, delta in event.opens.items())
        account = all(delta >= 0 or self.account[c] + delta >= 0 for c, delta in event.account.items())
        lines = all(self.state[line] == before for line, (before, _) in event.lines.items())
        deposits = [line for line in event.touched() if self.lines[line] > 0]
        return opens and account and lines and all(self._is_whole(line, event) for line in deposits)

    def carry_out(self, event: Event) -> None:
        """Change what the event changes."""
        for item, delta in event.opens.items():
            self.open[item] += delta
        for customer, delta in event.account.items():
            self.account[customer] += delta
        for line, (_, after) in event.lines.items():
            self.state[line] = after
        for place, delta in event.shares.items():
            self.shares[place] += delta
        for line, delta in event.taken.items():
            self.taken[line] += delta

    def shares_of(self, line: int) -> dict[Place, int]:
        """Return what a deposit settles now, by place."""
        return {place: minor for (of, place), minor in self.shares.items() if of == line and minor}

    def cash_of(self, line: int) -> dict[Place, int]:
        """Return the cash that a deposit holds, by place."""
        shares = self.shares_of(line)
        held = {
            place: minor - shares.get((DISCOUNT, place[1]), 0) for place, minor in shares.items() if place[0] == ITEM
        }
        return held | {place: minor for place, minor in shares.items() if place[0] == ACCOUNT}

    def sum_of(self, kind: int) -> int:
        """Return what all deposits settle at places of a kind."""
        return sum(minor for (_, place), minor in self.shares.items() if place[0] == kind)

    def states(self) -> dict[int, str]:
        """Return where each line is. A deposit of which nothing is left is returned, whether at once or in parts."""
        settling = {line for (line, _), minor in self.shares.items() if minor}
        empty = {line for line, minor in self.taken.items() if minor and line not in settling}
        return {line: RETURNED if line in empty else state for line, state in self.state.items()}

    def _moved(self, line: int, shares: Mapping[Place, int]) -> Event:
        return Event(
            opens={who: -minor for (kind, who), minor in shares.items() if kind == ITEM},
            account={who: minor for (kind, who), minor in shares.items() if kind == ACCOUNT},
            shares={(line, place): minor for place, minor in shares.items()},
        )

    def _is_whole(self, line: int, event: Event) -> bool:
        """What is placed stays within what the deposit settles; what waits, is out or came back, settles nothing."""
        shares = self.shares_of(line)
        for (of, place), delta in event.shares.items():
            if of == line:
                shares[place] = shares.get(place, 0) + delta
        taken = self.taken[line] + event.taken.get(line, 0)
        state = event.lines.get(line, ("", self.state[line]))[1]
        if state == PLACED:
            return taken >= 0 and (not taken or all(minor >= 0 for minor in shares.values()))
        return not taken and not any(shares.values())


def _within(open_minor: int, amount_minor: int) -> bool:
    return 0 <= open_minor <= amount_minor if amount_minor > 0 else amount_minor <= open_minor <= 0
