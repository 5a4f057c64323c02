"""The bugs that the simulator must find are still planted in rules that exist; `make simulate` finds each."""

import pytest

from bench.planted import BUGS, Bug


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_takes_the_place_of_a_rule_and_leaves_it(bug: Bug) -> None:
    rule = getattr(bug.owner, bug.attribute)
    with bug.planted():
        assert getattr(bug.owner, bug.attribute) is not rule
    assert getattr(bug.owner, bug.attribute) is rule
