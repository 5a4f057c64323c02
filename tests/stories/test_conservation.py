"""Every transaction of every readable public sample is imported exactly once; every other file has its reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from jobs.reading import identities_of
from recon.model import Reading
from recon.statements import read_bytes
from recon.statements.shipped import shipped_profiles
from recon.store.bank_accounts import BankAccount
from recon.store.chain import Author
from recon.store.engine import open_store
from recon.store.imports import import_reading
from recon.store.source_files import SourceFile
from recon.verify import verify

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
FILES = sorted(path for path in CORPUS.glob("*/*") if path.is_file()) if CORPUS.exists() else []
NOW = datetime(2026, 3, 31, tzinfo=UTC)


@pytest.mark.shared
@pytest.mark.skipif(not FILES, reason="the public samples are not beside this checkout")
def test_every_transaction_of_the_public_samples_is_imported_once(fresh_sqlite: Callable[[], str]) -> None:
    read = refused = lines = 0
    for path in FILES:
        content = path.read_bytes()
        reading = read_bytes(content, path.name, profiles=shipped_profiles())
        if not reading.is_believed:
            refused += 1
            whole = [problem for problem in reading.problems if problem.quarantined == "file"]
            assert whole, path.name
            assert all(problem.what and problem.remedy for problem in whole), path.name
            continue
        read += 1
        named = tuple(replace(one, account=one.account or "unnamed") for one in reading.statements)
        lines += _import_twice(fresh_sqlite(), replace(reading, statements=named), path.name, content)
    print(f"{read} files read, {refused} refused with a reason, {lines} lines imported once")
    assert read + refused == len(FILES)
    assert read > 0.7 * len(FILES)


def _import_twice(url: str, reading: Reading, name: str, content: bytes) -> int:
    """Import a reading twice; its booked lines are in the books once, to the cent, and the books hold."""
    accounts = {(one.account, one.currency) for one in reading.statements}
    declared = [BankAccount(f"a{n}", "main", currency, number) for n, (number, currency) in enumerate(accounts)]
    source = SourceFile(name, sha256(content).hexdigest(), len(content))
    again = SourceFile(name, sha256(content + b"again").hexdigest(), len(content))
    store = open_store(url)
    with store.write() as connection:
        for file in (source, again):
            import_reading(connection, reading, file, declared, identities_of(reading), Author("test", NOW), "main")
    with store.read() as connection:
        kept = connection.execute(text("SELECT count(*), coalesce(sum(amount_minor), 0) FROM bank_line")).one()
        booked = connection.execute(text("SELECT coalesce(sum(amount_minor), 0) FROM posting WHERE account = 'bank'"))
        expected = [line for one in reading.statements for line in one.lines if line.correction != "delete"]
        assert kept[0] == len(expected), name
        assert kept[1] == sum(line.amount_minor for line in expected), name
        live = [line for line in expected if not line.pending and not line.correction]
        assert booked.scalar_one() == sum(line.amount_minor for line in live), name
    store.close()
    assert verify(url).holds, name
    return len(expected)
