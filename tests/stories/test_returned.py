"""A payment comes back: the invoice is open again, at the place in dunning where it stood."""

from tests.stories.conftest import Command
from tests.stories.desk import applied, opened
from tests.stories.world import Company, ofx, paid

BACK = paid("R1", "-114.99", "BLUECREST FOODS INC.", "RETURNED ITEM NSF", "20260403").replace("CREDIT", "RETURN")
NEWS = paid("N1", "0.01", "SOMEBODY", "NEWS", "20260420")


def tier(recon: Command, number: str, day: str) -> list[tuple[str, int]]:
    """Return tier and level at which an invoice would be told on a day."""
    plan = recon("notices", "plan", "--as-of", day, "--json").records("notice")
    return [(one["tier"], line["level"]) for one in plan for line in one["invoices"] if line["number"] == number]


def fresh_news(known: Company, recon: Command, *lines: str) -> None:
    """A statement that says what happened up to April 20."""
    text = ofx(*lines, NEWS).replace("<DTSTART>20260301<DTEND>20260331", "<DTSTART>20260401<DTEND>20260420")
    known.drop("april.ofx", text)
    assert recon("nightly", "-q", "--as-of", "2026-04-20").code == 0


def test_chargeback_rewinds_allocation_and_charge_and_dunning_goes_on_where_it_stood(
    known: Company, recon: Command
) -> None:
    told = recon("notices", "list", "--json").records("notice")
    assert {one["tier"] for one in told if one["customer"] == "C2"} == {"reminder"}
    fresh_news(known, recon, paid("P1", "99.99", "BLUECREST FOODS INC.", "INV 410013", "20260401"), BACK)
    assert opened(known, "410013") == "0.00"
    assert tier(recon, "410013", "2026-04-20") == []
    items = recon("review", "list", "--json").records("item")
    (item,) = [str(one["id"]) for one in items if one["amount"] == "-114.99"]
    paid_by = recon("explain", "410013", "--json").records("line")[0]["id"]
    applied(known, item, "--return-of", paid_by)
    assert opened(known, "410013") == "99.99"
    ((name, level),) = tier(recon, "410013", "2026-04-20")
    assert (name, level) == ("second reminder", 3)
    known.require_proof()


def test_chargeback_of_a_closed_month_is_booked_in_the_open_one(known: Company, recon: Command) -> None:
    assert recon("period", "close", "2026-03-31", "--as-of", "2026-04-02").code == 0
    known.drop("back.ofx", ofx(paid("R2", "-1500.00", "AMBERLINE", "RETURN", "20260330").replace("CREDIT", "RETURN")))
    assert recon("nightly", "-q", "--as-of", "2026-04-05").code == 0
    (item,) = [one for one in recon("review", "list", "--json").records("item") if one["amount"] == "-1500.00"]
    line = recon("explain", "410011", "--json").records("line")[0]["id"]
    done = recon("review", "apply", str(item["id"]), "--return-of", line, "--as-of", "2026-04-05")
    assert done.code == 0, done.err
    assert opened(known, "410011") == "1500.00"
    days = {one["booked_on"] for one in recon("explain", "410011", "--json").records("entry")}
    assert days == {"2026-03-31", "2026-04-05"}
    known.require_proof()
