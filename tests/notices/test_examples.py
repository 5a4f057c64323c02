"""The examples of the documentation are what the program writes."""

from email import message_from_bytes, policy

import pytest

from bench.notices.examples import FOLDER, examples

EXAMPLES = list(examples())


@pytest.mark.parametrize(("name", "mail", "pdf"), EXAMPLES, ids=[name for name, _, _ in EXAMPLES])
def test_an_example_is_what_the_program_writes(name: str, mail: bytes, pdf: bytes) -> None:
    kept, written = (
        message_from_bytes(raw, policy=policy.default) for raw in ((FOLDER / f"{name}.eml").read_bytes(), mail)
    )
    for kind in ("plain", "html"):
        assert kept.get_body((kind,)).get_content() == written.get_body((kind,)).get_content()  # type: ignore[union-attr]
    assert kept["Subject"] == written["Subject"] and kept["Message-ID"] == written["Message-ID"]
    assert (FOLDER / f"{name}.pdf").read_bytes()[:5] == pdf[:5] == b"%PDF-"
