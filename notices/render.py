"""A notice as text and HTML in the customer's language. Words are data (`phrases/*.toml`), filled in by a sandbox.

Customer and bank text reaches a template only as a value: it is never a template, a file name, a header or live HTML.

Room: pure.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import DictLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notices.caps import collection_costs_minor
from notices.clearing import parts_of
from recon.errors import UsageError, ensure
from recon.model import Charge, Notice, NoticeLine
from recon.money import Money, to_decimal

LOCALES = {"en": "en_GB", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "nl": "nl_NL"}
AMERICAN = frozenset(("USD",))  # English mail about dollars writes dates the American way
REFERENCE_LENGTH = 140  # what a SEPA remittance text, and most others, can hold


@dataclass(frozen=True, slots=True)
class Creditor:
    """The company that writes. `iban` is its own, printed so that customers know where to pay; empty: not printed."""

    name: str
    address: tuple[str, ...] = ()
    iban: str = ""
    bic: str = ""
    payment_lines: tuple[str, ...] = ()  # other ways to pay, one line each
    # The address in parts, which the Swiss QR code asks for; without a town there is none.
    street: str = ""
    building: str = ""
    postal_code: str = ""
    town: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words of one mail. `subject` is a single line."""

    subject: str
    text: str
    html: str
    language: str


@dataclass(frozen=True, slots=True)
class Words:
    """Phrases by language and the two layouts, parsed once. Made by `words_of` from text the shell has read."""

    phrases: Mapping[str, Mapping[str, Mapping[str, str]]]
    text_layout: Template
    html_layout: Template
    templates: dict[str, Template] = field(default_factory=dict)
    environment: ImmutableSandboxedEnvironment = field(default_factory=ImmutableSandboxedEnvironment)

    def language(self, wanted: str) -> str:
        """Return the language to write in: the wanted one (`de-AT` is `de`) if there are words for it, else English."""
        base = wanted.replace("_", "-").split("-")[0].lower()
        return base if base in self.phrases else "en"

    def fill(self, pattern: str, **values: object) -> str:
        """Return a phrase with its values filled in; a value is never looked at as a template."""
        template = self.templates.get(pattern)
        if template is None:
            template = self.templates[pattern] = self.environment.from_string(pattern)
        return template.render(**values)


def words_of(phrases: Mapping[str, str], text_layout: str, html_layout: str) -> Words:
    """Parse phrase files (language -> TOML) and the layouts. Raises UsageError for a broken phrase file."""
    parsed = {language: _phrases(language, text) for language, text in phrases.items()}
    layouts = DictLoader({"mail.txt": text_layout, "mail.html": html_layout})
    plain = _environment(layouts, autoescape=False)
    escaped = _environment(layouts, autoescape=True)
    return Words(parsed, plain.get_template("mail.txt"), escaped.get_template("mail.html"), environment=plain)


def _environment(layouts: DictLoader, autoescape: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=layouts, undefined=StrictUndefined, autoescape=autoescape, trim_blocks=True, lstrip_blocks=True
    )


def _phrases(language: str, text: str) -> Mapping[str, Mapping[str, str]]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"phrases of {language!r}: {error}", "Correct the line.") from error


def render(
    notice: Notice,
    words: Words,
    creditor: Creditor,
    tiers: Sequence[str] = (),
    charges: Sequence[Charge] = (),
    notes: Sequence[str] = (),
) -> Rendered:
    """Return the mail of a notice. `tiers` are the tones of the policy's tiers by level, `charges` what it adds,
    `notes` the labels of sentences that a law asks for.

    Raises jinja2.UndefinedError when a phrase asks for what a notice does not have.
    """
    values = values_of(notice, words, creditor, tiers, charges, notes)
    text, html = words.text_layout.render(values), words.html_layout.render(values)
    return Rendered(values["subject"], text, html, values["language"])


def values_of(
    notice: Notice,
    words: Words,
    creditor: Creditor,
    tiers: Sequence[str] = (),
    charges: Sequence[Charge] = (),
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what the layouts show: every amount and date as text of the customer's language."""
    language = words.language(notice.language)
    spoken = words.phrases[language]
    phrase, labels = spoken[_occasion(notice)], spoken["labels"]
    locale = locale_of(language, notice.currency)
    total_minor = notice.demanded_minor + sum(charge.amount_minor for charge in charges)
    total = money_text(total_minor, notice.currency, locale)
    subject = one_line(words.fill(phrase["subject"], total=total))
    return {
        "language": language,
        "subject": subject,
        "greeting": words.fill(labels["greeting"], name=one_line(notice.customer.name)),
        "opening": phrase["opening"],
        "closing": phrase["closing"],
        "notes": [words.fill(_label(labels, note), **_parts(notice, locale)) for note in notes],
        "labels": labels,
        "lines": [
            _line(line, notice, locale, [spoken[tone]["name"] for tone in tiers], charges) for line in notice.lines
        ],
        "credits": _charged(notice, charges, words, labels, locale) + _credits(notice, words, labels, locale),
        "total": total,
        "total_label": labels["applied" if notice.kind == "receipt" else "total"],
        "pay_by": _pay_by(notice, words, labels, locale),
        "payment": _payment(notice, creditor),
        "reference": payment_reference(notice),
        "creditor": creditor,
        "customer": one_line(notice.customer.name),
        "customer_number": words.fill(labels["customer_number"], number=one_line(notice.customer.code)),
        "day": date_text(notice.day, locale),
        "total_minor": total_minor,
        "spoken": words,
    }


def _parts(notice: Notice, locale: Locale) -> dict[str, str]:
    """What is listed, by what it is (costs, interest, principal), and what Dutch law would add for collecting it."""
    parts = parts_of(notice.lines)
    sums = {"costs": parts.costs_minor, "interest": parts.interest_minor, "principal": parts.principal_minor}
    sums["collection"] = collection_costs_minor(line for line in notice.lines if line.advances)
    return {name: money_text(minor, notice.currency, locale) for name, minor in sums.items()}


def _label(labels: Mapping[str, str], name: str) -> str:
    if name not in labels:
        raise UsageError(f"the phrases have no label {name!r}, which the policy asks for", "Add it to the phrase file")
    return labels[name]


def _occasion(notice: Notice) -> str:
    return notice.tone if notice.kind == "reminder" else notice.kind


def _line(
    line: NoticeLine, notice: Notice, locale: Locale, tiers: Sequence[str], charges: Sequence[Charge]
) -> dict[str, Any]:
    return {
        "number": one_line(line.number),
        "due_on": date_text(line.due_on, locale),
        "late": max(0, line.days_past_due),
        "tier": tiers[line.level - 1] if 0 < line.level <= len(tiers) else "",
        "amount": money_text(line.open_minor, notice.currency, locale),
        "segments": [
            text for charge in charges if charge.open_item_id == line.open_item_id for text in charge.reckoning
        ],
    }


def _charged(
    notice: Notice, charges: Sequence[Charge], words: Words, labels: Mapping[str, str], locale: Locale
) -> list[dict[str, str]]:
    return [
        {
            "label": words.fill(labels["fee"], number=one_line(charge.number)),
            "amount": money_text(charge.amount_minor, notice.currency, locale),
        }
        for charge in charges
    ]


def _credits(notice: Notice, words: Words, labels: Mapping[str, str], locale: Locale) -> list[dict[str, str]]:
    rows = [(words.fill(labels["credit"], number=one_line(number)), minor) for number, minor in notice.credits]
    if notice.on_account_minor and notice.kind != "receipt":
        rows.append((labels["on_account"], -notice.on_account_minor))
    return [{"label": label, "amount": money_text(minor, notice.currency, locale)} for label, minor in rows]


def _pay_by(notice: Notice, words: Words, labels: Mapping[str, str], locale: Locale) -> str:
    if notice.pay_by is None:
        return ""
    return words.fill(labels["pay_by"], day=date_text(notice.pay_by, locale))


def _payment(notice: Notice, creditor: Creditor) -> list[str]:
    if notice.kind == "receipt":
        return []
    iban = [f"{creditor.name}, IBAN {spaced(creditor.iban)}"] if creditor.iban else []
    bic = [f"BIC {creditor.bic}"] if creditor.bic else []
    return [*iban, *bic, *creditor.payment_lines]


def payment_reference(notice: Notice) -> str:
    """Return the text to pay with: the invoice numbers that fit, which is what an incoming payment is recognised by.

    With more invoices than fit, the customer number comes first and the oldest invoices after it.
    """
    numbers = [one_line(line.number) for line in notice.lines]
    if len(" ".join(numbers)) <= REFERENCE_LENGTH:
        return " ".join(numbers)
    reference = one_line(notice.customer.code)
    for number in numbers:
        if len(reference) + 1 + len(number) > REFERENCE_LENGTH:
            break
        reference = f"{reference} {number}"
    return reference


def one_line(text: str) -> str:
    """Return the text with every run of blanks, line ends and control characters as one blank.

    >>> one_line("Hello\\r\\nBcc: x")
    'Hello Bcc: x'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def spaced(iban: str) -> str:
    """Return an IBAN in groups of four, as people type it."""
    compact = "".join(iban.split())
    return " ".join(compact[i : i + 4] for i in range(0, len(compact), 4))


@lru_cache(maxsize=64)
def locale_of(language: str, currency: str) -> Locale:
    """Return the locale of numbers and dates for a language we have words in."""
    ensure(language in LOCALES or language.isalpha(), f"{language!r} is no language")
    if language == "en" and currency in AMERICAN:
        return Locale.parse("en_US")
    return Locale.parse(LOCALES.get(language, language))


def money_text(minor: int, currency: str, locale: Locale) -> str:
    """Return an amount as people of the locale write it, exact to the minor unit.

    >>> money_text(-123456, "EUR", Locale.parse("nl_NL")).replace("\\xa0", " ")
    '€ -1.234,56'
    """
    return format_currency(to_decimal(Money(minor, currency)), currency, locale=locale)


@lru_cache(maxsize=4096)
def date_text(day: date, locale: Locale) -> str:
    """Return a date that cannot be misread: the month is a word."""
    return format_date(day, "long", locale=locale)
