"""A list that breaks off inside a number says that something is missing, wherever the bank writes on behind it."""

import pytest

from matchers.clues import is_list_cut
from matchers.text import read_tokens


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ("INVS 1930452609 1930453653 1930454130 19 SHORT PD 278.08", True),
        ("INV 8548536+8548539+8548541+85 CONF 982713", True),
        ("PO-30912;PO-30926;PO-309 TRACE 20773", True),
        ("INVS 1930452609 1930453653 1930454130 SHORT PD 278.08", False),
        ("INV 1930452609 19 MARCH", False),
        ("INVS 1930452609 2040453653 20 BOXES", False),
    ],
)
def test_beginning_of_one_more_number_is_a_cut(text, is_cut):
    assert is_list_cut(read_tokens(text), text) is is_cut
