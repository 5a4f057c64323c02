"""Suggestions as people read them: evidence that weighs nothing bears no sign."""

import json

from jobs.suggested import Named, proposal_record, proposal_text
from recon.model import Action, Evidence, Proposal


def test_evidence_that_weighs_nothing_is_shown_without_a_sign() -> None:
    seen = (Evidence("payer", "nobody's name", -0.0), Evidence("name", "far", -0.004), Evidence("cash", "exact", 2.5))
    proposal = Proposal(1, 1, Action.REVIEW, 0.5, "exact", (), seen)
    lines = proposal_text(proposal, "EUR", Named({}, {})).splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["0.00", "0.00", "+2.50"]
    assert {line.index("0 ") for line in lines} == {12}
    assert "-0.0," not in json.dumps(proposal_record(proposal, "EUR", Named({}, {})))
