"""A seeded ledger with bank text: customers who pay by habit, banks that cut and garble, and money that is nobody's.

Everything is invented here; nothing comes from a real ledger. `make_world(seed)` returns rows for the files that
`recon match` reads, and the truth. Difficulty 0..1 scales how much the text leaves out or garbles.

Room: pure (a seed in, rows out).
"""

import math
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

FIRST_DAY = date(2025, 1, 6)
HISTORY_DAYS, BATCH_DAYS = 56, 31
ADJECTIVES = (
    "Amber Northern Silver Granite Coastal Prime Western Quiet Golden Summit Harbor Cedar Lunar Copper Velvet Rapid"
    " Polar Crimson Alpine Delta Urban Crystal Iron Maple Orchid Falcon Solar Nordic Pacific Royal Sterling Union Vista"
    " Willow Zenith Atlas Beacon Cobalt Dynamic Ember Fjord Glacier Horizon Indigo Jade Kestrel Lantern"
    " Meridian Nimbus Onyx"
).split()
NOUNS = (
    "Tools Foods Logistics Press Textiles Marine Energy Dairy Optics Paper Motors Ceramics Chemicals Software Pharma"
    " Glass Plastics Metals Furniture Systems Labs Partners Trading Brewing Robotics Farms Packaging"
    " Components Supply Media"
    " Aerospace Biologics Cabling Drives Electronics Fasteners Gears Hydraulics Instruments Joinery"
).split()
PLACES = "Bergen Lisbon Turin Porto Malmo Ghent Leeds Tampa Boise Quebec Basel Lyon Graz Cork Turku".split()
FORMS = ("Inc.", "LLC", "Ltd", "GmbH", "Corp.", "S.A.", "plc", "AG", "Co.", "B.V.", "Oy")
RAILS = ("ach", "wire", "sepa", "check", "lockbox", "instant", "eft", "plain")
STYLES = ("full", "stripped", "last", "order", "customer", "some", "none")
OWN_WORDS = ("REF", "DOC", "VCHR", "PMT", "CK")
EMPTY_WORDS = ("PAYMENT", "AP RUN", "THANK YOU", "ACCT PAYABLE", "STATEMENT", "", "VENDOR PAYMENT")


@dataclass(slots=True)
class Payer:
    """A customer and its habits."""

    code: str
    name: str
    alias: str
    written: str
    currency: str
    rail: str
    style: str
    separator: str
    habit: str
    rate: int
    lag: int
    originator: str
    check: int
    weight: float
    sizes: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Invoice:
    """An open item of the ledger; amounts in cents."""

    payer: Payer
    number: str
    order: str
    issued: int
    due: int
    amount: int
    left: int


@dataclass(frozen=True, slots=True)
class Line:
    """A bank line with its truth: what it settles, and whether the bearer of a shortage cannot be known."""

    day: int
    amount: int
    currency: str
    kind: str
    check: str
    payee: str
    memo: str
    what: str
    settles: tuple[tuple[str, int, str], ...]  # number, cents, customer
    is_free: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """The files as rows of text."""

    customers: list[tuple[str, ...]]
    invoices: list[tuple[str, ...]]
    statement: list[tuple[str, ...]]
    history_statement: list[tuple[str, ...]]
    history_truth: list[tuple[str, ...]]
    truth: list[tuple[str, ...]]
    kinds: list[tuple[str, ...]]


class Maker:
    """Draws one world. All randomness comes from the seed."""

    def __init__(self, seed: int, invoices: int, difficulty: float) -> None:
        self.draw = random.Random(seed)
        self.count, self.difficulty = invoices, difficulty
        self.formats = {"USD": self._format(), "EUR": self._format(), "CAD": self._format()}
        self.rates = self.draw.sample((100, 150, 200, 225, 250, 300), 2)
        self.fees = self.draw.sample((500, 750, 1000, 1200, 1500, 2000, 2500, 3000), 4)
        self.lines: list[Line] = []
        self.credits: list[Invoice] = []

    def _format(self) -> tuple[str, int, int]:
        prefix = self.draw.choice(("", "", "INV-", "RE-2025-", "F", "26-", "SI/"))
        return prefix, self.draw.choice((5, 6, 7, 8) if prefix else (7, 8, 9)), self.draw.randint(1, 9)

    def chance(self, probability: float) -> bool:
        return self.draw.random() < probability

    def payers(self) -> list[Payer]:
        made, taken = [], set()
        while len(made) < max(20, self.count // 9):
            name = f"{self.draw.choice(ADJECTIVES)} {self.draw.choice(NOUNS)}"
            if self.chance(0.5):
                name += f" {self.draw.choice(PLACES)}"
            if self.chance(0.2):
                name = f"{self.draw.choice(ADJECTIVES)} {name}"
            if name in taken:
                continue
            taken.add(name)
            made.append(self._payer(len(made), name))
        return made

    def _payer(self, place: int, name: str) -> Payer:
        draw, hard = self.draw, self.difficulty
        legal = f"{name} {draw.choice(FORMS)}"
        alias = f"{draw.choice(ADJECTIVES)} {draw.choice(NOUNS)} {draw.choice(PLACES)}" if self.chance(0.12) else ""
        forms = [
            legal,
            legal.replace(".", ""),
            name,
            f"{name} {draw.choice(FORMS)}",
            name.split()[0] + " " + name.split()[1],
        ]
        written = alias if alias and self.chance(0.6) else draw.choices(forms, (8, 3, 2, 3, 0.5 + hard))[0]
        style = draw.choices(STYLES, (10 - 4 * hard, 1 + hard, 1 + hard, 1.3, 0.6, 0.5 + hard, 2 + 2 * hard))[0]
        habit = draw.choices(("", "discount", "fee", "deduction", "partial", "over"), (14, 1.2, 1, 0.6, 0.7, 0.5))[0]
        return Payer(
            f"{3_000_000 + place * 7}",
            legal,
            alias if self.chance(0.5) else "",
            written.upper(),
            draw.choices(("USD", "EUR", "CAD"), (7, 2, 1))[0],
            draw.choice(RAILS),
            style,
            draw.choice((", ", " ", ";", " / ", ",")),
            habit,
            draw.choice(self.rates),
            round(draw.gauss(1, 3)),
            f"9{draw.randint(10**8, 10**9 - 1)}",
            draw.randint(1_000, 95_000),
            draw.paretovariate(1.05),
            [round(math.exp(draw.gauss(13, 1.4))) for _ in range(4)],
        )

    def invoices(self, payers: list[Payer]) -> list[Invoice]:
        total = sum(min(payer.weight, 60) for payer in payers)
        numbers = dict.fromkeys(self.formats, 0)
        made = []
        last = HISTORY_DAYS + BATCH_DAYS
        days = sorted(self.draw.randint(-25, last) for _ in range(round(self.count * 2.1)))
        chosen = self.draw.choices(payers, [min(payer.weight, 60) / total for payer in payers], k=len(days))
        for day, payer in zip(days, chosen, strict=True):
            prefix, width, first = self.formats[payer.currency]
            numbers[payer.currency] += self.draw.randint(1, 4)
            number = f"{prefix}{first}{numbers[payer.currency]:0{width}d}"
            amount = self.draw.choice(payer.sizes) if self.chance(0.15) else round(math.exp(self.draw.gauss(13, 1.5)))
            order = f"PO{self.draw.randint(10**5, 10**6 - 1)}" if self.chance(0.55) else ""
            due = day + self.draw.choice((7, 14, 14, 21))
            made.append(Invoice(payer, number, order, day, due, max(500, amount), max(500, amount)))
        return made

    def pay(self, invoices: list[Invoice]) -> None:
        by_payer: dict[str, list[Invoice]] = {}
        for invoice in invoices:
            by_payer.setdefault(invoice.payer.code, []).append(invoice)
        for items in by_payer.values():
            self._pay_all(items[0].payer, sorted(items, key=lambda each: (each.due, each.number)))

    def _pay_all(self, payer: Payer, items: list[Invoice]) -> None:
        step = self.draw.choice((1, 2, 3, 5, 7))
        for day in range(self.draw.randint(0, step), HISTORY_DAYS + BATCH_DAYS, step):
            ready = [
                i for i in items if i.left == i.amount and i.issued <= day and i.due + payer.lag <= day + step // 2
            ]
            if not ready:
                continue
            if len(ready) > 2 and self.chance(0.06):
                self._pay_unsaid(payer, self.draw.sample(ready, self.draw.randint(2, min(9, len(ready)))), day)
                continue
            if len(ready) > 2 and self.chance(0.2):
                ready.remove(self.draw.choice(ready[:-1]))
            ready = ready[: self.draw.choice((1, 1, 2, 3, 5, 12, 40))]
            self._pay(payer, ready, day)

    def _pay_unsaid(self, payer: Payer, items: list[Invoice], day: int) -> None:
        """Pay any set, often less something, and say nothing about it: what no matcher can know for sure."""
        total = sum(item.amount for item in items)
        short = round(items[0].amount * self.draw.uniform(0.02, 0.4)) if self.chance(0.5) else 0
        cash = self._short(items, {item.number: item.amount for item in items}, short, "deduction")
        for item in items:
            item.left = 0
        kind, check, payee, memo = self._written(payer, self.draw.choice(EMPTY_WORDS), day)
        settles = tuple((number, cents, payer.code) for number, cents in cash.items())
        self.lines.append(
            Line(day, total - short, payer.currency, kind, check, payee, memo, "unsaid", settles, short > 0)
        )

    def lockboxes(self) -> None:
        """Put some cheques of a day into one deposit, itemised or not."""
        once = Counter(line.check for line in self.lines)
        plain = [line for line in self.lines if line.kind == "CHECK" and line.what == "exact" and once[line.check] == 1]
        cheques = [line for line in plain if self.chance(0.15)]
        by_day: dict[tuple[int, str], list[Line]] = {}
        for line in cheques:
            by_day.setdefault((line.day, line.currency), []).append(line)
        gone: set[int] = set()
        deposits = []
        for (day, currency), group in by_day.items():
            if len(group) > 1:
                chosen = group[:4]
                gone.update(id(line) for line in chosen)
                memo = f"LOCKBOX DEPOSIT {day * 37 + 1000} {len(chosen)} ITEMS"
                if self.chance(0.5):
                    memo += " " + " | ".join(
                        f"CK {line.check} {line.payee[:16]} {line.amount / 100:.2f}" for line in chosen
                    )
                settles = tuple(each for line in chosen for each in line.settles)
                amount = sum(line.amount for line in chosen)
                deposits.append(Line(day, amount, currency, "DEP", "", "LOCKBOX", memo, "lockbox", settles))
        self.lines = [line for line in self.lines if id(line) not in gone] + deposits

    def _pay(self, payer: Payer, items: list[Invoice], day: int) -> None:
        total = sum(item.amount for item in items)
        cash = {item.number: item.amount for item in items}
        what, free, amount, extra = "exact", False, total, ""
        habit = payer.habit if self.chance(0.7) else ""
        if habit == "discount":
            cash = {item.number: item.amount - (item.amount * payer.rate + 5_000) // 10_000 for item in items}
            what, amount = "discount", sum(cash.values())
        elif habit == "fee" and total > 20_000:
            what, free, amount = "fee", len(items) > 1, total - self.draw.choice(self.fees)
        elif habit == "deduction" and total > 20_000:
            short = round(items[0].amount * self.draw.uniform(0.03, 0.35))
            extra = f" LESS CLAIM {short / 100:.2f}" if self.chance(0.3) else ""
            what, free, amount = "deduction", len(items) > 1, total - short
        elif habit == "partial" and items[-1].amount > 300_000:
            part = round(items[-1].amount * self.draw.uniform(0.3, 0.8) / 100_000) * 100_000
            if 0 < part < items[-1].amount:
                what, free, amount = "partial", len(items) > 1, total - items[-1].amount + part
                self._later(payer, items[-1], items[-1].amount - part, day + self.draw.randint(4, 15))
        elif habit == "over":
            extra_cash = -total % 100_000 if self.chance(0.5) else round(total * self.draw.uniform(0.002, 0.06))
            what, amount = "over", total + extra_cash
        elif self.chance(0.015):
            self._with_credit(payer, items, day, cash)
            return
        if free or what in ("fee", "deduction", "partial"):
            cash = self._short(items, cash, total - amount, what)
        for item in items:
            item.left = 0
        self._book(payer, items, cash, amount, day, what, free, extra)

    def _short(self, items: list[Invoice], cash: dict[str, int], short: int, what: str) -> dict[str, int]:
        bearer = items[-1] if what == "partial" else max(items, key=lambda each: each.amount)
        return cash | {bearer.number: cash[bearer.number] - short}

    def _later(self, payer: Payer, item: Invoice, rest: int, day: int) -> None:
        if day < HISTORY_DAYS + BATCH_DAYS:
            self._book(payer, [item], {item.number: rest}, rest, day, "remainder", False, "")

    def _with_credit(self, payer: Payer, items: list[Invoice], day: int, cash: dict[str, int]) -> None:
        value = round(items[0].amount * self.draw.uniform(0.05, 0.2))
        credit = Invoice(payer, f"CM{90_000 + len(self.credits)}", "", day - 5, day, -value, -value)
        self.credits.append(credit)
        for item in items:
            item.left = 0
        self._book(payer, items, cash | {credit.number: -value}, sum(cash.values()) - value, day, "credit", False, "")

    def _book(
        self,
        payer: Payer,
        items: list[Invoice],
        cash: dict[str, int],
        amount: int,
        day: int,
        what: str,
        free: bool,
        extra: str,
    ) -> None:
        text = self._list(payer, items) + extra
        if self.chance(0.3):
            text += f" {self.draw.choice(OWN_WORDS)} {self.draw.randint(10**4, 10**9)}"
        kind, check, payee, memo = self._written(payer, text.strip(), day)
        settles = tuple((number, cents, payer.code) for number, cents in cash.items())
        line = Line(day, amount, payer.currency, kind, check, payee, memo, what, settles, free)
        self.lines.append(line)
        if self.chance(0.006):
            self._again(line)
        elif self.chance(0.008):
            self._returned(payer, line)

    def _again(self, line: Line) -> None:
        day = line.day + self.draw.randint(3, 12)
        self.lines.append(
            Line(day, line.amount, line.currency, line.kind, line.check, line.payee, line.memo, "duplicate", ())
        )

    def _returned(self, payer: Payer, line: Line) -> None:
        back = tuple((number, -cents, code) for number, cents, code in line.settles)
        memo = f"RETURN R0{self.draw.randint(1, 9)} {payer.written[:18]}"
        day = line.day + self.draw.randint(2, 6)
        self.lines.append(Line(day, -line.amount, line.currency, "DEBIT", "", "", memo, "return", back))
        again = day + self.draw.randint(3, 9)
        self.lines.append(
            Line(
                again,
                line.amount,
                line.currency,
                line.kind,
                line.check,
                line.payee,
                line.memo + " ",
                line.what,
                line.settles,
                line.is_free,
            )
        )

    def _list(self, payer: Payer, items: list[Invoice]) -> str:
        style = payer.style if self.chance(0.85) else self.draw.choice(STYLES)
        if style == "none":
            return self.draw.choice(EMPTY_WORDS)
        if style == "customer":
            return f"CUSTOMER NO {payer.code}"
        if style == "order":
            orders = [item.order for item in items if item.order]
            return "PO " + payer.separator.join(dict.fromkeys(orders)) if orders else self.draw.choice(EMPTY_WORDS)
        named = items[:1] if style == "some" else items
        word = self.draw.choice(("INV ", "INVOICE ", "INV#", "", "INVS ", "RE "))
        text = word + payer.separator.join(self._number(item.number, style) for item in named)
        return text + self.draw.choice((" ET AL", " + OTHERS", "")) if style == "some" and len(items) > 1 else text

    def _number(self, number: str, style: str) -> str:
        digits = "".join(c for c in number if c.isdigit())
        text = digits[-4:] if style == "last" else digits[2:] if style == "stripped" and len(digits) > 7 else number
        if self.chance(0.015 * self.difficulty * 2):
            return text.translate(str.maketrans("0158", "OISB"))
        if self.chance(0.012 * self.difficulty * 2) and len(text) > 6:
            place = self.draw.randint(2, len(text) - 2)
            return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        return text

    def _written(self, payer: Payer, text: str, day: int) -> tuple[str, str, str, str]:
        name = payer.written
        if self.chance(0.04 * self.difficulty) and len(name) > 8:
            place = self.draw.randint(2, len(name) - 3)
            name = name[:place] + self.draw.choice("AEIORST") + name[place + 1 :]
        trace = self.draw.randint(10**14, 10**15 - 1)
        if payer.rail in ("check", "lockbox"):
            payer.check += self.draw.randint(1, 4)
            shown = name[:22] if self.chance(0.8 - 0.4 * self.difficulty) else ""
            kept = text[: 60 if self.chance(0.6) else 0]
            word = "LOCKBOX 77 CK" if payer.rail == "lockbox" else "CHECK DEPOSIT"
            return "CHECK", str(payer.check), shown, f"{word} {payer.check} {shown} {kept}".strip()
        written = {
            "ach": f"ORIG CO NAME:{name[:16]} ORIG ID:{payer.originator} SEC:CCD TRACE#:{trace} {text[:80]}",
            "wire": f"WIRE IN B/O: {name[:35]} OBI={self._wrapped(text[:140])} IMAD: {trace}",
            "sepa": f"EREF+{trace % 10**10} SVWZ+{self._wrapped(text[:140])} ABWA+{name[:70]}",
            "instant": f"INSTANT PAYMENT FROM {name[:40]} {text[:140]}",
            "eft": f"EFT {name[:15]} {text[:30]}",
            "plain": f"{text[:200]} {name}",
        }[payer.rail]
        payee = name[:16] if payer.rail in ("ach", "eft") else name[:35]
        return "CREDIT", "", payee, written

    def _wrapped(self, text: str) -> str:
        return " ".join(text[place : place + 27] for place in range(0, len(text), 27)) if self.chance(0.15) else text

    def noise(self, count: int) -> None:
        for _ in range(count):
            day, currency = (
                self.draw.randint(0, HISTORY_DAYS + BATCH_DAYS - 1),
                self.draw.choice(("USD", "USD", "EUR", "CAD")),
            )
            stranger = (
                f"{self.draw.choice(PLACES)} {self.draw.choice(ADJECTIVES)} {self.draw.choice(NOUNS)} Stores".upper()
            )
            value = round(math.exp(self.draw.gauss(11, 1.6)))
            if self.chance(0.15):  # a fifth of what strangers pay equals some invoice
                value = self.draw.choice(self.draw.choice(self.lines).settles or (("", value, ""),))[1]
            kind, sign, payee, memo = self.draw.choice(
                (
                    ("INT", 1, "", "INTEREST PAID"),
                    ("XFER", 1, "", f"ONLINE TRANSFER FROM CHK {day}"),
                    ("DEBIT", -1, "", f"CHECK {day * 31} PAID"),
                    ("DEBIT", -1, stranger, f"{stranger} UTILITIES"),
                    ("CREDIT", 1, "TREASURY", "TAX REF 993847"),
                    ("CREDIT", 1, stranger, f"{stranger} REFUND 8837"),
                    ("CREDIT", 1, stranger, f"WIRE IN B/O: {stranger} OBI=ASSET SALE"),
                    ("CREDIT", 1, stranger, f"{stranger} PAYMENT"),
                )
            )
            self.lines.append(Line(day, sign * abs(value), currency, kind, "", payee, memo, "noise", ()))


def make_world(seed: int, invoices: int = 5_000, difficulty: float = 0.5) -> World:
    """Return the files of one world: about `invoices` open items and a month of statement, after eight weeks of
    history.
    """
    maker = Maker(seed, invoices, difficulty)
    payers = maker.payers()
    items = maker.invoices(payers)
    maker.pay(items)
    maker.lockboxes()
    maker.noise(len(maker.lines) // 7)
    lines = sorted((line for line in maker.lines if line.day < HISTORY_DAYS + BATCH_DAYS), key=lambda line: line.day)
    named = [(f"B{place:07d}", line) for place, line in enumerate(lines)]
    past = [(fitid, line) for fitid, line in named if line.day < HISTORY_DAYS]
    now = [(fitid, line) for fitid, line in named if line.day >= HISTORY_DAYS]
    return World(
        [(payer.code, payer.name, payer.alias, payer.currency) for payer in payers],
        _open_rows(items + maker.credits, [line for _, line in past]),
        [_row(fitid, line) for fitid, line in now],
        [_row(fitid, line) for fitid, line in past],
        [(fitid, number, _text(cents), code) for fitid, line in past for number, cents, code in line.settles],
        [
            (fitid, number, _text(cents), code, str(int(line.is_free)))
            for fitid, line in now
            for number, cents, code in line.settles
        ],
        [(fitid, line.what, _text(line.amount)) for fitid, line in now],
    )


def _open_rows(items: list[Invoice], past: list[Line]) -> list[tuple[str, ...]]:
    settled: dict[str, int] = {}
    short: set[str] = set()
    for line in past:
        for number, cents, _ in line.settles:
            settled[number] = settled.get(number, 0) + cents
            if line.what in ("discount", "fee", "deduction"):
                short.add(number)
    rows = []
    for item in items:
        left = item.amount - settled.get(item.number, 0)
        is_closed = left == 0 or (item.number in short and settled.get(item.number, 0))
        if not is_closed:
            days = _day(item.issued), _day(item.due)
            rows.append(
                (
                    item.number,
                    item.payer.code,
                    item.number,
                    item.order,
                    *days,
                    item.payer.currency,
                    _text(item.amount),
                    _text(left),
                )
            )
    return rows


def _row(fitid: str, line: Line) -> tuple[str, ...]:
    return fitid, _day(line.day), _text(line.amount), line.currency, line.kind, line.check, line.payee, line.memo


def _day(number: int) -> str:
    return (FIRST_DAY + timedelta(days=number)).isoformat()


def _text(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
