"""Write one .eml and one PDF per tier of the shipped ladder: `python -m bench.notices.examples`.

Run it again after a change of words or layout; a test holds the mails equal to what the program writes.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from notices.gate import Gatekeeper
from notices.letter import Letterhead, pdf_of, write_mail
from notices.message import Sender
from notices.plan import plan_account
from notices.policy import Policy
from notices.policy_file import default_policies
from notices.render import Creditor
from notices.shipped import shipped_words
from recon.model import Account, BankNews, Customer, Debt, Notice
from recon.store.notices import message_id, notice_key

FOLDER = Path(__file__).parents[2] / "docs" / "examples" / "notices"
AS_OF = date(2026, 3, 31)
AT = datetime(2026, 3, 31, 8, tzinfo=UTC)
OURS = Creditor("Alder Tools GmbH", ("Werkstr. 1", "10115 Berlin"), "DE89370400440532013000", "COBADEFFXXX")
HEAD = Letterhead(shipped_words(), Sender("Alder Tools <ar@alder.example>"), {"main": OURS})
LANGUAGES = ("en", "de", "fr", "es", "nl")


def notice_of(policy: Policy, level: int, language: str) -> Notice:
    """Return the notice of a customer whose invoice is due for a level today, with a credit and money on account."""
    customer = Customer(1, "main", "C1001", "Birch & Sons", email="ap@birch.example", language=language)
    tier = policy.tier(level)
    told_on = AS_OF - timedelta(days=20) if level > 1 else None
    debts = (
        Debt(1, "INV-2041", AS_OF - timedelta(days=tier.days), 125_000, level - 1, told_on),
        Debt(2, "CN-77", AS_OF - timedelta(days=9), -5_000),
    )
    news = BankNews(((("main", "EUR"), AS_OF),))
    said = plan_account(Account(customer, "EUR", debts, 2_500), policy, AS_OF, Gatekeeper(news, AS_OF))
    assert isinstance(said, Notice)
    return said


def examples() -> Iterator[tuple[str, bytes, bytes]]:
    """Yield name, mail and PDF of each tier, each in another language."""
    policy = default_policies().all[0]
    for tier, language in zip(policy.tiers, LANGUAGES, strict=True):
        notice = notice_of(policy, tier.level, language)
        identity = message_id(notice_key(notice), HEAD.sender.domain)
        mail = write_mail(notice, identity, HEAD, policy, AT).message
        yield f"{tier.level}-{tier.name.replace(' ', '-')}-{language}", mail, pdf_of(notice, HEAD, policy)


def main() -> int:
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, mail, pdf in examples():
        (FOLDER / f"{name}.eml").write_bytes(mail)
        (FOLDER / f"{name}.pdf").write_bytes(pdf)
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
