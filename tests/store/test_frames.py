"""What matching sees is exactly what is open and unresolved, with the past that it learns from."""

from recon import ledger
from recon.model import Allocation, StatementLine
from recon.store.explain import explain
from recon.store.frames import load_partitions
from recon.store.history import PastSettlement, import_history
from tests.conftest import AS_OF, NIGHT, Books, identify


def test_partition_holds_waiting_lines_and_open_items_only(books: Books) -> None:
    books.customers("A", "B")
    items = books.invoices(("A", "I1", 1_000), ("B", "I2", 500), ("A", "C1", -50))
    first, second = books.deposits(500, 77)
    books.post(ledger.apply_deposit(books.line(first), (Allocation(items["I2"], 2, 500),), AS_OF))
    with books.store.read() as connection:
        (partition,) = load_partitions(connection, AS_OF)
    assert partition.deposits.id.tolist() == [second]
    assert sorted(partition.open_items.number.tolist()) == ["C1", "I1"]
    assert partition.customers.code[partition.open_items.customer].tolist() == ["A", "A"]
    assert partition.past.id.tolist() == [first]
    assert partition.past_allocations.invoice_number.tolist() == ["I2"]
    assert partition.past_allocations.amount_minor.tolist() == [500]
    assert partition.customers.code[partition.past_allocations.customer].tolist() == ["B"]


def test_past_allocation_is_the_cash_without_discount_and_fee(books: Books) -> None:
    books.customers("A")
    items = books.invoices(("A", "I1", 1_000))
    (line,) = books.deposits(975)
    one = Allocation(items["I1"], 1, 965, discount_minor=20, fee_minor=15)
    books.post(ledger.apply_deposit(books.line(line), (one, Allocation(None, 1, 10)), AS_OF))
    books.deposits(1)
    with books.store.read() as connection:
        (partition,) = load_partitions(connection, AS_OF)
    past = partition.past_allocations
    assert sorted(zip(past.invoice_number.tolist(), past.amount_minor.tolist(), strict=True)) == [("", 10), ("I1", 965)]


def test_history_is_learned_from_and_is_no_money(books: Books) -> None:
    books.customers("A")
    books.deposits(5)
    lines = tuple(StatementLine(n, "EUR", AS_OF, n, 0, bank_id=f"old{n}", payer="A") for n in (100, 200))
    statement = books.statement(lines=lines)
    settled = [PastSettlement("old100", "I0", "1.00", "A", 1), PastSettlement("gone", "I0", "1.00", "A", 2)]
    with books.store.write() as connection:
        result = import_history(connection, "main", [statement], [identify(lines)], settled, NIGHT)
        again = import_history(connection, "main", [statement], [identify(lines)], settled, NIGHT)
        (partition,) = load_partitions(connection, AS_OF)
    assert (result.line_count, result.settlement_count) == (2, 1)
    assert (again.line_count, again.settlement_count) == (0, 0)
    assert partition.past.id.tolist() == [-2, -1]
    past = partition.past_allocations
    assert [(partition.past.bank_id[past.deposit[0]], past.amount_minor[0])] == [("old100", 100)]
    assert books.balances()["bank", "EUR"] == 5


def test_explain_leads_back_to_file_line_and_byte(books: Books) -> None:
    books.customers("A")
    items = books.invoices(("A", "I1", 1_000))
    _, line = books.deposits(3, 1_000)
    (entry,) = books.post(ledger.apply_deposit(books.line(line), (Allocation(items["I1"], 1, 1_000),), AS_OF))
    with books.store.read() as connection:
        for subject in (f"D{line}", f"E{entry}", "I1"):
            told = explain(connection, subject)
            assert [(each.file_name, each.source_line, each.source_byte) for each in told.lines] == [
                ("file1.ofx", 2, 100)
            ]
            assert [booked.id for booked in told.entries][-1] == entry
            assert told.items[0].open_minor == 0
