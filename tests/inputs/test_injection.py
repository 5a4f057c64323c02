"""Whatever stands in a name or a reference stays text in every channel: page, HTML and text mail, header, CSV, XLSX,
journal, terminal, log, JSON. One company whose customers and payers are called so, and a whole night.
"""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.inputs.payloads import PAYLOADS
from tests.stories.conftest import SET_UP, write_files
from tests.stories.world import Company, Done, ofx, paid

LAYOUTS = ("hledger", "beancount", "quickbooks", "xero", "netsuite", "audit")
LIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)  # a terminal or a log runs these


@pytest.fixture(scope="module")
def struck(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The company after its night."""
    folder = tmp_path_factory.mktemp("struck")
    write_files(folder)
    (folder / "customers.csv").write_text(_table("id,name,currency,email", _customers()), encoding="utf-8", newline="")
    head = "id,customer_id,number,po_number,issue_date,due_date,currency,amount"
    (folder / "invoices.csv").write_text(_table(head, _invoices()), encoding="utf-8", newline="")
    company = Company(folder)
    for arguments in SET_UP:
        assert company.run(*arguments).code in (0, 3)
    lines = [
        paid(f"F{n}", f"{1000 + n}.00", _sgml(payload), _sgml(f"{payload} INV N{n}"))
        for n, payload in enumerate(PAYLOADS)
    ]
    company.drop("march.ofx", ofx(*lines))
    done = company.night()
    assert done.code in (0, 3), done.err
    return company


def _table(head: str, rows: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([head.split(","), *rows])
    return written.getvalue().replace("\0", "")


def _customers() -> list[list[str]]:
    return [[f"C{n}", payload, "USD", f"ap{n}@buyer.example"] for n, payload in enumerate(PAYLOADS)]


def _invoices() -> list[list[str]]:
    """Each customer has an invoice that a line of March pays by its number, and one overdue that is called so, too."""
    paid_ones = [_invoice(n, f"N{n}", 1_000 + n, payload) for n, payload in enumerate(PAYLOADS)]
    return [*paid_ones, *(_invoice(n, f"{payload[:90]} {n}", 5_000 + n, payload) for n, payload in enumerate(PAYLOADS))]


def _invoice(n: int, number: str, units: int, order: str) -> list[str]:
    return [f"{number} {units}", f"C{n}", number, order[:90], "2026-01-01", "2026-02-01", "USD", f"{units}.00"]


def _sgml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\0", "").replace("\r", " ").replace("\n", " ")


def test_there_are_more_than_a_hundred_payloads() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) > 100


@pytest.fixture(scope="module")
def mails(struck: Company) -> list[EmailMessage]:
    files = sorted((struck.folder / "outbox").glob("*.eml"))
    return [message_from_bytes(each.read_bytes(), policy=policy.default) for each in files]  # type: ignore[misc]


def test_every_mail_has_the_headers_and_parts_of_a_harmless_one(mails: list[EmailMessage]) -> None:
    assert len(mails) > 50
    assert len({tuple(sorted(mail.keys())) for mail in mails}) == 1
    assert len({tuple(part.get_content_type() for part in mail.walk()) for mail in mails}) == 1
    assert not [mail for mail in mails if "evil" in str(mail["to"]) or mail["bcc"] or mail["cc"]]
    assert not [value for mail in mails for value in mail.values() if LIVE.search(str(value))]


def test_no_html_mail_holds_a_tag_attribute_or_address_of_its_customers(mails: list[EmailMessage]) -> None:
    kinds = {tuple(sorted(_Tags(_body(mail, "html")).shape)) for mail in mails}
    assert {name for shape in kinds for name in shape} <= _OURS, kinds
    assert not [link for mail in mails for link in _Tags(_body(mail, "html")).links]


def test_text_mail_has_no_control_characters(mails: list[EmailMessage]) -> None:
    assert not [mail["to"] for mail in mails if LIVE.search(_body(mail, "plain").replace("\r\n", "\n"))]


class _Tags(HTMLParser):
    """The tags of a text, and the attributes that act."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.shape: Counter[str] = Counter()
        self.links: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.shape[tag] += 1
        self.shape.update(f"@{name}" for name, _ in attributes)
        self.links += [value for name, value in attributes if name in ("href", "src", "action", "background")]


_OURS = frozenset(
    "html head meta title body main table caption thead tbody tfoot tr td th p h1 h2 div span strong br hr style small"
    " ul li b a @lang @charset @name @content @style @role @class @scope @width @align @cellpadding @cellspacing"
    " @border @colspan @dir @href".split()
)


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_export_holds_a_live_cell_or_a_forged_entry(struck: Company, layout: str) -> None:
    out = struck.folder / f"journal-{layout}.out"
    assert struck.run("export", "journal", "--layout", layout, "--out", str(out)).code == 0
    for path in struck.folder.glob(f"journal-{layout}*"):
        _require_dead(path, path.read_text(encoding="utf-8"), layout)


def _require_dead(path: Path, text: str, layout: str) -> None:
    assert not LIVE.search(text.replace("\r\n", "\n")), path.name
    if layout in ("quickbooks", "xero", "netsuite"):
        _require_dead_cells(text)
    elif layout == "audit":
        assert [json.loads(line) for line in text.splitlines()]
    else:
        # A directive starts a line with a day or a word; ours are transactions and declarations of accounts only.
        starts = {line.split()[0] for line in text.splitlines() if line[:1].strip() and not line.startswith((";", "*"))}
        assert not [
            one
            for one in starts
            if one not in ("account", "commodity", "option", "decimal-mark") and not one.startswith("20")
        ]
        assert "forged" not in {line.strip() for line in text.splitlines()}
        assert not [line for line in text.splitlines() if re.match(r"\s*20[0-9-]+ \* forged", line)]


def _require_dead_cells(text: str) -> None:
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert cells
    live = [
        cell
        for cell in cells
        if re.match(r"[\s\u200b\ufeff\u202e]*[=+@\uff1d\uff0b\uff20]|\s*-(?![0-9.,]+$)|[\t\r\n]", cell)
    ]
    assert live == []


def test_no_list_for_a_spreadsheet_holds_a_formula_of_its_customers(struck: Company) -> None:
    aging, proposals = struck.folder / "aging.csv", struck.folder / "proposals.csv"
    assert struck.run("report", "aging", "--as-of", "2026-03-31", "--out", str(aging)).code == 0
    assert struck.run("export", "proposals", "--out", str(proposals)).code == 0
    for path in (aging, proposals):
        _require_dead_cells(path.read_text(encoding="utf-8"))


def test_no_workbook_holds_a_formula_of_its_customers(struck: Company) -> None:
    path = struck.folder / "aging.xlsx"
    assert struck.run("report", "aging", "--as-of", "2026-03-31", "--out", str(path)).code == 0
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            tree = ElementTree.fromstring(book.read(name))
            formulas = [each.text or "" for each in tree.iter() if each.tag.endswith("}f")]
            assert not [text for text in formulas if not re.fullmatch(r"SUM\([A-Z]+[0-9]+:[A-Z]+[0-9]+\)", text)]
            assert not [each for each in tree.iter() if each.tag.endswith(("hyperlink", "externalReference"))]


def _shown(company: Company) -> dict[str, Done]:
    """Run what prints names and bank text, for people and for programs."""
    told: dict[str, Done] = {}
    for command in (
        ("review", "list"),
        ("review", "show", "1"),
        ("explain", "D1"),
        ("explain", "D2"),
        ("report", "aging"),
        ("notices", "list"),
        ("nightly",),
        ("quarantine", "list"),
        ("verify",),
        ("nightly", "-v"),
        ("export", "proposals"),
        ("report", "proof"),
    ):
        told[" ".join(command)] = company.run(*command, "--as-of", "2026-03-31")
        told[" ".join(command) + " --json"] = company.run(*command, "--as-of", "2026-03-31", "--json")
    for n in range(1, len(PAYLOADS), 9):
        told[f"explain D{n}"] = company.run("explain", f"D{n}")
        told[f"review show {n}"] = company.run("review", "show", str(n))
    return told


def test_no_terminal_log_or_record_holds_a_live_character(struck: Company) -> None:
    told = _shown(struck)
    assert sum(done.code == 0 for done in told.values()) > len(told) // 2
    live = {
        name: found.group() for name, done in told.items()
        if (found := LIVE.search((done.out + done.err).replace("\r\n", "\n")))
    }  # fmt: skip
    assert live == {}


def test_no_page_of_a_report_holds_a_live_tag(struck: Company) -> None:
    for path in struck.folder.rglob("*.html"):
        assert set(_Tags(path.read_text(encoding="utf-8")).shape) <= _OURS, path.name
