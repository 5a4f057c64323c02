"""A proposal for the export of a bank we do not know: the right profile, or the right question. Never a wrong line."""

import json
import re

import pytest

from recon.errors import UsageError
from recon.model import Reading
from recon.statements import read_bytes
from recon.statements.propose import Proposed, propose, try_profile
from tests.statements import bank_layouts as banks

_KEY = re.compile(r"\b(?:columns|days|numbers|statement|file|sign)\.\w+")


def answered(toml: str, answers: dict[str, object]) -> str:
    """Return the profile with the answers in place of its open questions; None takes a key out."""
    sections: dict[str, dict[str, str]] = {"": {}}
    section = ""
    for line in filter(None, toml.splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
            sections[section] = {}
        else:
            key, _, value = line.partition(" = ")
            sections[section][key] = value
    for name, value in answers.items():
        section, _, key = name.partition(".")
        sections.setdefault(section, {})[key] = json.dumps(value)
    return "\n".join(
        (f"[{name}]\n" if name else "")
        + "\n".join(f"{key} = {value}" for key, value in keys.items() if value != "null")
        for name, keys in sections.items()
    )


def said(reading: Reading) -> list[tuple[str, int, str]]:
    lines = [line for statement in reading.statements for line in statement.lines]
    return [(line.booked_on.isoformat(), line.amount_minor, line.currency) for line in lines]


def unanswered(proposed: Proposed, answers: dict[str, object]) -> list[str]:
    return [question.what for question in proposed.questions if not set(_KEY.findall(question.remedy)) & answers.keys()]


@pytest.mark.parametrize("bank", banks.LAYOUTS, ids=lambda bank: bank[0])
def test_a_proposal_with_its_questions_answered_reads_every_row(bank):
    name, text, answers, wanted = bank
    proposed = propose(text.encode(), name)
    assert unanswered(proposed, answers) == []
    reading = try_profile(text.encode(), name, answered(proposed.toml, answers))
    assert said(reading) == wanted, reading.problems


@pytest.mark.parametrize("bank", [bank for bank in banks.LAYOUTS if bank[2]], ids=lambda bank: bank[0])
def test_a_proposal_with_an_open_question_cannot_be_used(bank):
    name, text, _, _ = bank
    proposed = propose(text.encode(), name)
    assert proposed.questions and not proposed.preview
    with pytest.raises(UsageError):
        try_profile(text.encode(), name, proposed.toml)


@pytest.mark.parametrize("bank", banks.LAYOUTS, ids=lambda bank: bank[0])
def test_no_shipped_profile_takes_another_banks_file(bank):
    name, text, _, _ = bank
    reading = read_bytes(text.encode(), name)
    assert not reading.statements and [problem.quarantined for problem in reading.problems] == ["file"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_a_proposal_does_not_depend_on_charset_and_line_ends(encoding, ends):
    name, text, answers, wanted = next(bank for bank in banks.LAYOUTS if bank[0] == "Nordea")
    content = text.replace("\n", ends).encode(encoding)
    reading = try_profile(content, name, answered(propose(content, name).toml, answers))
    assert said(reading) == wanted
    lines = [line for statement in reading.statements for line in statement.lines]
    assert [line.payer for line in lines] == ["ACME AB", "12345 Elbolaget"]
