"""The second reader really reads, and a disagreement sends the file to quarantine with both answers."""

from dataclasses import replace

import pytest

from recon.statements import read_bytes
from recon.statements.decode import decode
from recon.statements.ofx import scan_ofx
from recon.statements.second_reader import disagreement
from tests.statements import ofx_samples as samples


def scanned(count: int):
    content = samples.ofx(*(samples.transaction(f"{n}.10", fitid=f"A{n}") for n in range(count)))
    return decode(content), list(scan_ofx(content, "bank.ofx").statements[0].lines)


def test_agreement_is_silent():
    decoding, lines = scanned(30)
    assert disagreement(decoding, lines, (), "bank.ofx") == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: lines[:-1], "29 transactions"),
        (lambda lines: [replace(lines[0], amount_minor=11), *lines[1:]], "together 438.01"),
        (lambda lines: [replace(lines[0], bank_id="Z"), *lines[1:]], "id 'Z'"),
    ],
)
def test_another_count_sum_or_id_is_a_disagreement_that_shows_both_answers(change, told):
    decoding, lines = scanned(30)
    (problem,) = disagreement(decoding, change(lines), (), "bank.ofx")
    assert problem.quarantined == "file" and told in problem.what and "second reader (ofxparse)" in problem.what


def test_a_long_file_is_compared_in_part_and_says_so():
    decoding, lines = scanned(2600)
    (problem,) = disagreement(decoding, lines, (), "bank.ofx")
    assert problem.quarantined is None
    assert problem.what == "the second reader compared 2,000 of 2,600 transactions" or "1,600 of" in problem.what


@pytest.mark.parametrize(
    "fitid", ["A &lt; B", "A  B", "A\r\n B", "<![CDATA[A&B]]>", "R&D", "A&amp;B", "\u200bA", "", "A>B", "&#233;"]
)
def test_odd_ids_are_no_disagreement(fitid):
    reading = read_bytes(samples.ofx(samples.transaction(fitid=fitid)), "bank.ofx")
    assert reading.is_believed and len(reading.statements[0].lines) == 1


@pytest.mark.parametrize("amount", ["1.234,50", "1.234.567", "+5", "5,", ".5", "\r\n 5.00", "0,650", "007.10"])
def test_odd_amounts_are_no_disagreement(amount):
    reading = read_bytes(samples.ofx(samples.transaction(amount)), "bank.ofx")
    assert reading.is_believed and len(reading.statements[0].lines) == 1
