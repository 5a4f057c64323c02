"""No full account number and no secret in anything that leaves the books: screen, log, mail, report, export, record."""

import re
from pathlib import Path

import pytest

from tests.stories.conftest import SET_UP, write_files
from tests.stories.world import Company, Done

SECRETS = {
    "RECON_SMTP_PASSWORD": "s3cret-of-the-post", "RECON_IMAP_PASSWORD": "s3cret-of-the-box",
    "RECON_DATABASE_PASSWORD": "s3cret-of-the-books",
}  # fmt: skip
OWN = "7700412290"
PAYERS = ("DE89370400440532013000", "GB29NWBK60161331926819", "000123456789", "DE02120300000000202051")
SETTINGS = """
[[bank_accounts]]
key = "main-usd"
currency = "USD"
number = "7700412290"

[smtp]
host = "127.0.0.1"
port = 9
user = "recon"
security = "none"
"""
CUSTOMERS = f"""id,name,currency,email,bank_accounts
C1,Amberline Supply LLC,USD,ap@amberline.example.com,{PAYERS[0]}
C2,Bluecrest Foods Inc.,USD,pay@bluecrest.example.com,{PAYERS[1]}
"""
PAYMENT = (
    '<Ntry><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-15</Dt>'
    "</BookgDt><AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>{name}</Nm></Dbtr><DbtrAcct><Id>{account}"
    "</Id></DbtrAcct></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
)
CAMT = (
    '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
    "<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>1</Id><CreDtTm>2026-03-31T00:00:00</CreDtTm><Acct><Id>"
    "<Othr><Id>7700412290</Id></Othr></Id><Ccy>USD</Ccy></Acct>{lines}</Stmt></BkToCstmrStmt></Document>\n"
)
PAID = (
    ("1500.00", "R1", "Amberline Supply LLC", PAYERS[0], "INV 410011"),
    ("77.00", "R2", "Somebody", PAYERS[3], f"my account is {PAYERS[3]}, not {PAYERS[0]}"),
    ("99.98", "R3", "Bluecrest", PAYERS[1], f"INV 410013 from {PAYERS[1][:4]} {PAYERS[1][4:8]} {PAYERS[1][8:]}"),
    ("5.00", "R4", "Old Bank", PAYERS[2], f"from account {PAYERS[2]}"),
)


@pytest.fixture
def watched(tmp_path: Path) -> tuple[Company, list[Done]]:
    """A company whose every command is remembered."""
    write_files(tmp_path)
    (tmp_path / "recon.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    company = Company(tmp_path)
    done = [company.run(*arguments, **SECRETS) for arguments in SET_UP]
    lines = "".join(_payment(*each) for each in PAID)
    company.drop("march.xml", CAMT.format(lines=lines))
    company.drop("broken.xml", CAMT.format(lines=lines.replace("1500.00", "15oo.00").replace("77.00", "x")))
    company.drop("cut.ofx", f"OFXHEADER:100\n\n<OFX><ACCTID>{OWN}<NAME>{PAYERS[0]}")
    return company, done


def _payment(amount: str, ref: str, name: str, account: str, text: str) -> str:
    kind = f"<IBAN>{account}</IBAN>" if account[:2].isalpha() else f"<Othr><Id>{account}</Id></Othr>"
    return PAYMENT.format(amount=amount, ref=ref, name=name, account=kind, text=text)


COMMANDS = (
    "doctor",
    "nightly -v --log-level debug",
    "nightly",
    "review list",
    "review show 1",
    "review show 2",
    "review show 3",
    "explain D1",
    "explain D2",
    "explain D3",
    "quarantine list",
    "quarantine show 1",
    "quarantine show 2",
    "verify",
    "notices list",
    "report aging",
    "report proof",
    "period list",
    "user list",
    "customer show C1",
    "customer show C2",
    "export proposals",
    "export journal --layout hledger",
    "export journal --layout audit",
    "read inbox/march.xml",
    "read inbox/broken.xml",
    "read inbox/cut.ofx",
    "book nonsense",
    "explain D99",
    "undo D99",
    "db backup copy.sqlite",
)


def test_nothing_that_leaves_the_books_holds_an_account_number_or_a_secret(watched: tuple[Company, list[Done]]) -> None:
    company, done = watched
    for command in COMMANDS:
        for more in ((), ("--json",)):
            done.append(company.run(*command.split(), *more, "--as-of", "2026-03-31", **SECRETS))
    assert sum(each.code == 0 for each in done) > len(COMMANDS)
    told = {f"command {n}": each.out + each.err for n, each in enumerate(done)}
    told |= {str(path.relative_to(company.folder)): path.read_text(errors="replace") for path in _written(company)}
    assert len(told) > len(done), "no mail, report or export was written"
    leaks = {name: leak for name, text in told.items() if (leak := _leak(text))}
    assert leaks == {}, [
        text[max(text.find(leaks[name]) - 60, 0) :][:120] for name, text in told.items() if name in leaks
    ]


def test_no_secret_is_in_the_books_or_their_copy(watched: tuple[Company, list[Done]]) -> None:
    company, _ = watched
    assert company.night().code in (0, 3)
    assert company.run("db", "backup", "copy.sqlite", **SECRETS).code == 0
    for path in [*company.folder.glob("*.sqlite*"), company.folder / "recon.toml"]:
        content = path.read_bytes()
        assert not [name for name, secret in SECRETS.items() if secret.encode() in content], path.name


def _written(company: Company) -> list[Path]:
    """Return what the commands wrote, but for the books themselves and what the bank and we had put there."""
    ours = {"recon.toml", "customers.csv", "invoices.csv"}
    return [
        path for path in company.folder.rglob("*")
        if path.is_file() and path.name not in ours and "inbox" not in path.parts and ".sqlite" not in path.name
    ]  # fmt: skip


def _leak(text: str) -> str:
    """Return an account number or secret that stands in the text, spaces and dashes between its digits or not."""
    packed = re.sub(r"(?<=[0-9A-Z])[ \-](?=[0-9A-Z])", "", text)
    return next((each for each in (OWN, *PAYERS, *SECRETS.values()) if each in text or each in packed), "")
