"""Letters, attachments, receipts and statements: the same numbers on paper, and bytes that can be proved later."""

import hashlib
import re
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.codes import epc_payload, swiss_payload
from notices.courtesy import plan_receipts, plan_statements
from notices.letter import Letterhead, pdf_of, write_mail
from notices.mail import FolderSender, LetterFolder
from notices.message import Sender
from notices.night import plan_night
from notices.paper import qr_modules
from notices.policy_file import DEFAULT_POLICY, default_policies, read_policies
from notices.render import Creditor
from notices.send import Limits, send_due
from notices.shipped import shipped_words
from recon.errors import UsageError
from recon.model import Account, BankNews, Customer, Debt, Notice, NoticeLine
from recon.store.notices import save_plan
from recon.store.schema import notice

AS_OF = date(2026, 3, 31)
POLICIES = default_policies()
NEWS = BankNews(((("main", "EUR"), AS_OF),))
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
OURS = Creditor("Main GmbH", ("Weg 1", "10115 Berlin"), "DE89 3704 0044 0532 0130 00", "COBADEFFXXX")
HEAD = Letterhead(shipped_words(), Sender("Main <ar@main.example>"), {"main": OURS}, attach_pdf=True)
ADA = Customer(1, "main", "C1", "Ada Wörks", email="ap@ada.example")


def reminder(lines: int = 1, **given: Any) -> Notice:
    rows = tuple(NoticeLine(i, f"INV-{i}", date(2026, 3, 1), 10_000, 30, 4, True) for i in range(lines))
    facts: dict[str, Any] = {"language": "en", "tone": "urgent", "demanded_minor": 10_000 * lines, "lines": rows}
    return Notice(
        ADA, "EUR", AS_OF, "standard", "v", 4, "demand", channel="mail", recipient=ADA.email, **{**facts, **given}
    )


def test_the_same_notice_is_the_same_bytes() -> None:
    policy_ = default_policies().all[0]
    one, two = (write_mail(reminder(), "<n.a@main.example>", HEAD, policy_, NOON).message for _ in range(2))
    assert one == two


def test_a_pdf_is_attached_and_turns_pages_for_many_invoices() -> None:
    written = write_mail(reminder(120), "<n.a@main.example>", HEAD, default_policies().all[0], NOON)
    (attached,) = message_from_bytes(written.message, policy=policy.default).iter_attachments()
    assert attached.get_filename() == "reminder-2026-03-31.pdf"
    assert len(re.findall(rb"/Type /Page\b", attached.get_content())) == 3


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "nl"])
@pytest.mark.parametrize("tone", ["courtesy", "friendly", "firm", "urgent", "final"])
def test_every_tone_is_written_in_every_language(language: str, tone: str) -> None:
    written = write_mail(
        reminder(language=language, tone=tone), "<n.a@x.example>", HEAD, default_policies().all[0], NOON
    )
    message = message_from_bytes(written.message, policy=policy.default)
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert message["Content-Language"] == language
    assert "INV-0" in text and re.search(r"100[.,]00", text) and "{{" not in text
    assert "Ada Wörks" in text and "DE89 3704 0044 0532 0130 00" in text


def test_the_html_says_the_same_and_names_its_table_heads() -> None:
    written = write_mail(reminder(), "<n.a@x.example>", HEAD, default_policies().all[0], NOON)
    html = message_from_bytes(written.message, policy=policy.default).get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert '<html lang="en">' in html and html.count('scope="col"') == 5 and "<caption" in html


def test_a_code_to_pay_by_exists_for_euros_with_an_iban_only() -> None:
    assert epc_payload(OURS, 12_345, "EUR", "INV-1").splitlines()[6:8] == ["DE89370400440532013000", "EUR123.45"]
    assert epc_payload(OURS, 12_345, "USD", "INV-1") == ""
    assert epc_payload(Creditor("Main"), 12_345, "EUR", "INV-1") == ""
    modules = qr_modules(epc_payload(OURS, 12_345, "EUR", "INV-1"))
    assert len(modules) == len(modules[0]) >= 33 and all(modules[0][i] for i in range(7))


def test_a_swiss_code_needs_francs_or_euros_a_swiss_account_and_an_address_in_parts() -> None:
    parts = {"street": "Gasse", "building": "1", "postal_code": "3000", "town": "Bern", "country": "CH"}
    ours = Creditor("Main AG", iban="CH93 0076 2011 6238 5295 7", **parts)
    lines = swiss_payload(ours, 12_345, "CHF", "INV-1").split("\n")
    assert (len(lines), lines[18:20], lines[27:]) == (31, ["123.45", "CHF"], ["NON", "", "INV-1", "EPD"])
    assert swiss_payload(ours, 12_345, "USD", "INV-1") == ""
    assert swiss_payload(Creditor("Main AG", iban=ours.iban), 12_345, "CHF", "INV-1") == ""
    assert swiss_payload(Creditor("Main AG", iban="CH4431999123000889012", **parts), 12_345, "CHF", "INV-1") == ""


def test_a_name_no_font_holds_is_told_and_not_printed_wrong() -> None:
    customer = Customer(1, "main", "C1", "Żółć 株式会社")
    one = reminder(language="en")
    strange = Notice(**{name: getattr(one, name) for name in one.__slots__} | {"customer": customer})
    with pytest.raises(UsageError, match=r"notices\.font"):
        pdf_of(strange, HEAD, default_policies().all[0])


def test_a_letter_is_printed_once_and_kept_with_its_hash(books: Any, tmp_path: Path) -> None:
    books.feed()
    books.invoice(books.customer("A"), "INV-1", late=20)
    policies = read_policies(DEFAULT_POLICY.replace('tone = "friendly"', 'tone = "friendly"\nchannel = "letter"'))
    for _ in range(2):
        plan_night(books.store, policies, AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
        folder = LetterFolder(tmp_path / "letters")
        send_due(books.store, folder, HEAD, policies, Limits(live=True), AS_OF, lambda: NOON, "t", channel="letter")
    (path,) = (tmp_path / "letters").iterdir()
    with books.store.read() as connection:
        state, sha = connection.execute(select(notice.c.state, notice.c.body_sha256)).one()
    assert (state, sha) == ("sent", hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_receipt_thanks_for_what_was_applied_beside_a_reminder_of_the_same_day(books: Any, tmp_path: Path) -> None:
    books.feed()
    who = books.customer("A")
    item = books.invoice(who, "INV-1", late=20)
    plan_night(books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    customer = Customer(who, "main", "A", "Ada", email="a@pay.example")
    lines = [NoticeLine(item, "INV-0", AS_OF, 4_200, 0, 0, False)]
    for _ in range(2):
        with books.store.write() as connection:
            receipts = plan_receipts([(customer, "EUR", lines)], AS_OF, POLICIES, {})
            save_plan(connection, receipts, run_id=1, planned_at="2026-03-31T06:00:00.000000Z", domain="main.example")
    send_due(books.store, FolderSender(tmp_path / "out"), HEAD, default_policies(), Limits(), AS_OF, lambda: NOON, "t")
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (tmp_path / "out").iterdir()]
    subjects = sorted(str(mail["Subject"]) for mail in mails)
    assert subjects[1].startswith("Thank you for your payment of €42.00") and len(subjects) == 2


def test_a_statement_of_account_lists_what_is_open_and_nets_credits() -> None:
    debts = (Debt(1, "INV-1", date(2026, 3, 1), 10_000), Debt(2, "INV-2", date(2026, 5, 1), 5_000),
             Debt(3, "CN-1", date(2026, 3, 5), -2_000))  # fmt: skip
    ((one,), _) = plan_statements([Account(ADA, "EUR", debts, 500)], AS_OF, POLICIES, NEWS)
    assert ([x.number for x in one.lines], one.demanded_minor, one.kind) == (["INV-1", "INV-2"], 12_500, "statement")
    assert plan_statements([Account(ADA, "EUR", ())], AS_OF, POLICIES, NEWS) == ((), ())
