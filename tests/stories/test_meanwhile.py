"""What others do while the night thinks is seen by the next night, if not by this one."""

from contextlib import chdir

from jobs import nightly
from jobs.invocation import Invocation
from jobs.locked import locked_night
from jobs.output import Output
from tests.stories.world import INVOICES, Company, ofx, paid

LATE = INVOICES.splitlines()[0] + "\n9,C2,410099,,2026-02-20,2026-03-22,USD,77.70,77.70\n"


def test_invoices_that_come_while_the_night_decides_are_decided_on_by_the_next(company: Company) -> None:
    line = paid("F1", "77.70", "BLUECREST FOODS INC.", "INV 410099")
    company.drop("march.ofx", ofx(line, balance="77.70"))
    (company.folder / "late.csv").write_text(LATE, encoding="utf-8")
    invocation = Invocation(company.folder / "recon.toml", Output(muted=True), "2026-03-31")
    with chdir(company.folder), locked_night(invocation, "nightly") as night:
        for step in (nightly.read, nightly.import_, nightly.match):
            step(night)
        assert company.run("import", "invoices", "late.csv").code == 0
        nightly.post(night)
        assert night.counts["posted"] == 0
    placed = company.night().last["placed"]
    assert [one["amount"] for one in placed] == ["77.70"]
    company.require_proof()


def test_night_after_an_undisturbed_one_decides_nothing_again(company: Company) -> None:
    company.drop("march.ofx", ofx(paid("F1", "77.70", "NOBODY", "x"), balance="77.70"))
    counts = [company.night().last["counts"] for _ in range(2)]
    assert ["queued" in each for each in counts] == [True, False]
