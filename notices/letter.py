"""A planned notice becomes the exact bytes that leave the house: a mail, or a letter as PDF. Also what a preview shows.

Room: pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from notices.charges import charges_of
from notices.codes import epc_payload, swiss_payload
from notices.conduct import must_offer_opt_out
from notices.fonts import face_for
from notices.interest import Clearing
from notices.message import Attachment, Sender, bounce_address, compose, envelope_address
from notices.paper import paper
from notices.policy import Policy
from notices.regimes import DUTCH
from notices.render import Creditor, Rendered, Words, one_line, render, values_of
from recon.model import Charge, Notice


@dataclass(frozen=True, slots=True)
class Letterhead:
    """How our mail looks: words, who writes for which company (by its code), and from which address."""

    words: Words
    sender: Sender
    creditors: Mapping[str, Creditor]
    attach_pdf: bool = False
    font: bytes = b""  # a TrueType font for letters that Helvetica does not have, and its bold sister
    bold_font: bytes = b""

    def creditor(self, company: str) -> Creditor:
        """Return who writes for a company; its code stands in for a name that is not set."""
        return self.creditors.get(company) or Creditor(company)


@dataclass(frozen=True, slots=True)
class Written:
    """What leaves: bytes, subject, and the addresses of the envelope."""

    message: bytes
    subject: str
    recipients: tuple[str, ...]
    bounce: str


def write_mail(
    notice: Notice,
    message_id: str,
    letterhead: Letterhead,
    policy: Policy,
    sent_at: datetime,
    *,
    earlier: Sequence[str] = (),
    redirect: str = "",
) -> Written:
    """Return the mail of a notice; with `redirect` it goes to that address alone and says for whom it was.

    Raises UsageError for an address that is none, ValueError for a header with a line break, MissingRate for interest.
    """
    rendered, charges = rendered_notice(notice, letterhead, policy)
    if redirect:
        rendered = replace(rendered, subject=f"[for {one_line(notice.recipient)}] {rendered.subject}")
    to, cc = (redirect, ()) if redirect else (notice.recipient, copies(notice))
    attachments = [_attachment(notice, letterhead, policy, charges)] if letterhead.attach_pdf else []
    message = compose(
        rendered, letterhead.sender, to, message_id, sent_at, cc=cc, earlier=earlier, attachments=attachments
    )
    recipients = tuple(envelope_address(one) for one in (to, *cc))
    return Written(message.as_bytes(), rendered.subject, recipients, bounce_address(letterhead.sender, message_id))


def write_letter(notice: Notice, message_id: str, letterhead: Letterhead, policy: Policy) -> Written:
    """Return a notice as a PDF; its "recipient" is the name of the file."""
    rendered, charges = rendered_notice(notice, letterhead, policy)
    name = message_id.strip("<>").partition("@")[0]
    return Written(pdf_of(notice, letterhead, policy, charges), rendered.subject, (name,), "")


def copies(notice: Notice) -> tuple[str, ...]:
    """Return who gets a copy, each address once and never the customer's own: that would be two mails in a day."""
    seen, found = {envelope_address(notice.recipient).casefold()}, []
    for one in notice.cc:
        if (address := envelope_address(one).casefold()) not in seen:
            seen.add(address)
            found.append(one)
    return tuple(found)


def rendered_notice(notice: Notice, letterhead: Letterhead, policy: Policy) -> tuple[Rendered, tuple[Charge, ...]]:
    """Return the words of a notice and the charges it carries."""
    charges = charges_of(notice, policy)
    creditor = letterhead.creditor(notice.customer.company)
    return render(notice, letterhead.words, creditor, _tiers(policy), charges, notes_of(notice, policy)), charges


def notes_of(notice: Notice, policy: Policy) -> tuple[str, ...]:
    """Return the names of the sentences a law asks for in this mail; they are labels of the phrase files."""
    opt_out = must_offer_opt_out(policy.conduct, notice.customer.consumer)
    has_charges = any(line.kind == "charge" for line in notice.lines)
    is_legal = Clearing(policy.interest.clearing) is Clearing.COSTS_INTEREST_PRINCIPAL
    return (
        ("fourteen_days",) * _gives_term(notice, policy)
        + ("opt_out",) * opt_out
        + ("clearing",) * (is_legal and has_charges)
    )


def _gives_term(notice: Notice, policy: Policy) -> bool:
    """Whether this is the letter that tells a Dutch consumer what not paying in 14 days will cost."""
    tiers = [policy.tier(line.level) for line in notice.lines if line.advances] if notice.kind == "reminder" else []
    return policy.interest.regime in DUTCH and notice.customer.consumer and any(tier.fourteen_days for tier in tiers)


def pdf_of(notice: Notice, letterhead: Letterhead, policy: Policy, charges: Sequence[Charge] = ()) -> bytes:
    """Return the notice as a PDF, with a QR code to pay by where a standard exists for its currency."""
    creditor = letterhead.creditor(notice.customer.company)
    notes = [note for note in notes_of(notice, policy) if note != "opt_out"]  # that is said where mail is written
    values = values_of(notice, letterhead.words, creditor, _tiers(policy), charges, notes)
    can_be_paid = notice.kind != "receipt" and values["total_minor"] > 0
    asked = (creditor, values["total_minor"], notice.currency, values["reference"])
    code = (swiss_payload(*asked) or epc_payload(*asked)) if can_be_paid else ""
    said = (text for text in _texts(values) if text)
    return paper(values, code, face_for(said, letterhead.font, letterhead.bold_font))


def _texts(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a page shows of customers and invoices; our own words are in languages that every font holds."""
    yield from (values["customer"], values["customer_number"], values["reference"], values["creditor"].name)
    yield from values["creditor"].address
    yield from (row["number"] for row in values["lines"])
    yield from (row["label"] for row in values["credits"])


def _attachment(notice: Notice, letterhead: Letterhead, policy: Policy, charges: Sequence[Charge]) -> Attachment:
    return Attachment(f"{notice.kind}-{notice.day}.pdf", pdf_of(notice, letterhead, policy, charges))


def _tiers(policy: Policy) -> list[str]:
    return [tier.tone.value for tier in policy.tiers]
