"""Letters in every alphabet the given font holds, and the payment part of a Swiss bill as its standard draws it."""

import re
import zlib
from base64 import a85decode
from dataclasses import replace
from pathlib import Path

import pytest

from bench.notices.examples import HEAD, OURS, notice_of
from notices.fonts import STANDARD, face_for
from notices.letter import Letterhead, pdf_of
from notices.policy_file import default_policies
from notices.render import Creditor
from notices.swiss_slip import WORDS, amount_text
from recon.errors import UsageError

POLICY = default_policies().all[0]
SWISS = Creditor("Alder Tools AG", ("Werkstrasse 1", "8000 Zürich"), "CH93 0076 2011 6238 5295 7", "",
                 street="Werkstrasse", building="1", postal_code="8000", town="Zürich", country="CH")  # fmt: skip
SWISS_HEAD = Letterhead(HEAD.words, HEAD.sender, {"main": SWISS})


def vera() -> bytes:
    """The PDF library brings one TrueType font: it has Turkish letters, which Helvetica has not, but no Polish ones."""
    import reportlab

    return (Path(reportlab.__file__).parent / "fonts" / "Vera.ttf").read_bytes()


def pages(pdf: bytes) -> list[str]:
    """Return the drawing operators of each page."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    plain = (zlib.decompress(a85decode(b"<~" + one.strip(), adobe=True)) for one in streams)
    return [one.decode("latin-1") for one in plain]


def in_pdf(said: str) -> str:
    """Return text as a page's operators write it."""
    return "".join(c if c.isascii() else f"\\{ord(c):o}" for c in said).replace("(", r"\(").replace(")", r"\)")


def named(name: str, head: Letterhead) -> bytes:
    one = notice_of(POLICY, 2, "en")
    return pdf_of(replace(one, customer=replace(one.customer, name=name)), head, POLICY)


def test_a_name_that_helvetica_cannot_write_is_refused_and_never_shown_as_question_marks() -> None:
    with pytest.raises(UsageError, match=r"no letters ąŁ in the font of letters\. Set notices.font"):
        named("Łąka", HEAD)


def test_a_given_font_writes_what_helvetica_cannot() -> None:
    head = Letterhead(HEAD.words, HEAD.sender, {"main": OURS}, font=vera())
    pdf = named("Yıldız Gıda", head)
    assert b"BitstreamVera" in pdf and pdf == named("Yıldız Gıda", head)


def test_western_names_stay_in_helvetica_whatever_font_is_given() -> None:
    assert named("Müller", Letterhead(HEAD.words, HEAD.sender, {"main": OURS}, font=vera())) == named("Müller", HEAD)


def test_a_font_that_lacks_a_letter_says_which() -> None:
    with pytest.raises(UsageError, match="no letters ą in"):
        face_for(["ąę"], vera()).shown("ą")


def test_a_file_that_is_no_font_is_refused() -> None:
    with pytest.raises(UsageError, match="no TrueType font"):
        face_for(["ą"], b"GIF89a")


@pytest.mark.parametrize("said", ["1\u202f000,00 €", "Größe – naïve", "a\u2011b\u22121"])
def test_money_and_western_words_need_no_font(said: str) -> None:
    assert STANDARD.holds(said)


@pytest.mark.parametrize("language", ["de", "fr", "en", "es"])
def test_a_bill_in_francs_has_the_payment_part_and_a_receipt(language: str) -> None:
    one = replace(notice_of(POLICY, 3, language), currency="CHF")
    (page,) = pages(pdf_of(one, SWISS_HEAD, POLICY))
    words = WORDS.get(language, WORDS["en"])
    for word in (words[0], words[1], words[7]):
        assert in_pdf(word) in page
    assert page.count("(CH93 0076 2011 6238 5295 7)") == 2  # beside the words of the letter
    assert page.count("(1 175.00)") == 2


def test_a_long_bill_turns_the_page_for_its_payment_part() -> None:
    one = replace(notice_of(POLICY, 3, "de"), currency="CHF")
    rows = tuple(replace(one.lines[0], number=f"INV-{i}") for i in range(25))
    assert len(pages(pdf_of(replace(one, lines=rows), SWISS_HEAD, POLICY))) == 2


def test_euros_to_a_house_abroad_have_no_payment_part() -> None:
    (page,) = pages(pdf_of(notice_of(POLICY, 3, "de"), HEAD, POLICY))
    assert "Zahlteil" not in page


@pytest.mark.parametrize(("plain", "shown"), [("0.05", "0.05"), ("999.00", "999.00"), ("1000.00", "1 000.00")])
def test_amounts_of_the_slip_have_blanks_between_thousands(plain: str, shown: str) -> None:
    assert amount_text(plain) == shown
