"""The company's address in parts, as the settings give it, reaches the Swiss QR code."""

from jobs.notifying import creditor
from jobs.settings import Company
from notices.codes import swiss_payload


def test_a_swiss_company_with_its_address_in_parts_has_a_qr_code() -> None:
    facts = {"code": "ag", "name": "Main AG", "iban": "CH93 0076 2011 6238 5295 7", "country": "CH"}
    parts = {"street": "Gasse", "building": "7", "postal_code": "3000", "town": "Bern"}
    payload = swiss_payload(creditor(Company(**facts, **parts)), 12_345, "CHF", "INV-1").split("\n")
    assert payload[4:11] == ["S", "Main AG", "Gasse", "7", "3000", "Bern", "CH"]
    assert swiss_payload(creditor(Company(**facts)), 12_345, "CHF", "INV-1") == ""
