"""Identity: overlaps add nothing, identical rows stay two."""

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from recon.model import StatementLine
from recon.statements import fingerprints, occurrences

LINE = StatementLine(1000, "EUR", date(2026, 3, 1), 7, 100, bank_id="A", payer="ACME", remittance="INV 1")


def test_position_is_no_part_of_identity():
    assert fingerprints([LINE]) == fingerprints([replace(LINE, source_line=99, source_byte=4711, valued_on=None)])


def test_every_part_of_the_content_is():
    changes = {"amount_minor": 1, "currency": "USD", "booked_on": date(2026, 3, 2), "bank_id": "B", "kind": "X"}
    changes |= dict.fromkeys(
        ("payer", "payer_account", "remittance", "reference", "end_to_end_id", "check_number"), "other"
    )
    others = [replace(LINE, **{name: value}) for name, value in changes.items()]
    assert len(set(fingerprints([LINE, *others]))) == len(changes) + 1


def test_fields_do_not_run_into_each_other():
    assert fingerprints([replace(LINE, payer="AB", remittance="C")]) != fingerprints(
        [replace(LINE, payer="A", remittance="BC")]
    )


def test_pending_and_posted_differ():
    assert fingerprints([LINE]) != fingerprints([replace(LINE, pending=True)])


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc")))
def test_fingerprint_and_occurrence_together_are_unique(prints):
    assert len(set(zip(prints, occurrences(prints), strict=True))) == len(prints)


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc")), st.randoms())
def test_order_does_not_change_the_set_of_identities(prints, random):
    shuffled = random.sample(prints, len(prints))
    assert set(zip(prints, occurrences(prints), strict=True)) == set(zip(shuffled, occurrences(shuffled), strict=True))
