"""The columns that the floor writes, and the questions it asks: those of the engine, in plain SQL.

Room: store.
"""

TABLES = {  # with the columns in which a floor's table must equal the engine's; order them by the first two
    "customer": "id, company, code, name, email",
    "open_item": "id, company, customer_id, number, currency, amount_minor, open_minor, issue_on, due_on, version",
    "bank_line": "id, company, amount_minor, booked_on, bank_id, fingerprint, occurrence, payer, remittance,"
    " source_line, source_byte, state, version",
    "entry": "id, company, booked_on, kind, bank_line_id, hash",
    "posting": "entry_id, ordinal, account, currency, amount_minor, customer_id, open_item_id, bank_line_id",
    "audit": "id, action, hash",
    "proposal": "bank_line_id, rank, action, confidence_ppm, kind, allocations, evidence",
    "review_item": "id, kind, subject_id, amount_minor, state, priority_minor",
    "notice": "id, customer_id, message_id, demanded_minor",
    "notice_line": "notice_id, open_item_id, level, open_minor",
    "chain_head": "chain, seq, hash",
    "source_file": "id, sha256, kind, name",
    "statement": "id, file_id, sum_minor, line_count",
    "run_step": "run_id, ordinal, step",
}
ENTRY = "id company booked_on kind reason bank_line_id reverses_id run_id actor recorded_at previous_hash hash".split()
POSTING = "entry_id ordinal account currency amount_minor customer_id open_item_id bank_line_id".split()
AUDIT = "id at actor action subject detail previous_hash hash".split()
LINE = (
    "id bank_account_id statement_id company currency amount_minor booked_on bank_id fingerprint occurrence kind payer"
    " remittance source_line source_byte state"
).split()
PROPOSAL = (
    "bank_line_id rank run_id action confidence_ppm kind allocations evidence set_aside_name reverses_line_id"
    " model_version"
).split()
REVIEW = (
    "id kind subject_id company currency amount_minor state reason detail priority_minor opened_on opened_at".split()
)
NOTICE = (
    "id company customer_id currency kind day run_id policy_id policy_version level tier channel recipient cc language"
    " demanded_minor message_id content state planned_at"
).split()
NOTICE_LINE = "notice_id open_item_id policy_id level episode open_minor days_past_due advances".split()
ITEM = (
    "id company customer_id number kind currency amount_minor settled_elsewhere_minor open_minor issue_on due_on"
    " po_number terms segment document credit_of file_id"
).split()
CUSTOMER = "id company code name currency email consumer".split()
WHOLE = {
    "source_file": "id sha256 kind name format size_bytes state line_count received_at run_id".split(),
    "statement": (
        "id file_id ordinal bank_account_id currency first_on last_on opening_minor closing_minor sum_minor line_count"
        " new_line_count new_sum_minor proof proof_reason"
    ).split(),
    "run": "id kind as_of state started_at host pid settings_digest report".split(),
}
CONTROL_TOTALS = (
    "SELECT currency, sum(amount_minor) FROM posting GROUP BY currency",
    "SELECT currency, sum(amount_minor) FROM posting WHERE account = 'bank' GROUP BY currency",
    "SELECT currency, sum(amount_minor) FROM bank_line WHERE state NOT IN ('pending', 'superseded') GROUP BY currency",
    "SELECT currency, sum(open_minor - amount_minor + settled_elsewhere_minor) FROM open_item GROUP BY currency",
    "SELECT currency, sum(amount_minor) FROM posting WHERE account = 'receivable' AND open_item_id IS NOT NULL"
    " GROUP BY currency",
)
WAITING_LINES = (
    "SELECT l.id, l.company, l.currency, l.amount_minor, l.state, l.by_hand, s.proof FROM bank_line AS l"
    " JOIN statement AS s ON s.id = l.statement_id WHERE l.state IN ('new', 'in_review') AND l.id IN {values}"
)
_LATE = "SELECT DISTINCT customer_id, currency FROM open_item WHERE open_minor > 0 AND due_on <= '{horizon}'"
NEWS = (
    f"SELECT * FROM customer WHERE id IN (SELECT customer_id FROM ({_LATE}) AS late)",
    "SELECT o.customer_id, o.currency, o.id, o.number, o.due_on, o.open_minor, o.episode, o.kind, o.amount_minor,"
    f" o.issue_on FROM open_item AS o JOIN ({_LATE}) AS late ON late.customer_id = o.customer_id"
    " AND late.currency = o.currency WHERE o.open_minor <> 0 ORDER BY 1, 2, 5, 3",
    "SELECT customer_id, currency, sum(amount_minor) FROM posting WHERE account = 'on_account' GROUP BY 1, 2",
    "SELECT open_item_id, max(level) FROM notice_line WHERE live = 1 GROUP BY 1",
    "SELECT statement_id, max(booked_on) FROM bank_line GROUP BY statement_id",
    "SELECT b.id, b.company, b.currency, b.amount_minor FROM bank_line AS b"
    " WHERE b.amount_minor > 0 AND b.state IN ('new', 'in_review')",
    "SELECT p.bank_line_id, p.confidence_ppm, p.allocations FROM proposal AS p JOIN bank_line AS b"
    " ON b.id = p.bank_line_id WHERE b.amount_minor > 0 AND b.state IN ('new', 'in_review')",
)
FACTS = (
    "SELECT line.currency, entry.kind, count(*), sum(abs(line.amount_minor)) FROM entry JOIN bank_line AS line"
    " ON line.id = entry.bank_line_id WHERE entry.kind <> 'import' GROUP BY 1, 2",
    "SELECT * FROM statement",
    "SELECT entry.company, p.currency, p.account, sum(p.amount_minor) FROM posting AS p JOIN entry"
    " ON entry.id = p.entry_id GROUP BY 1, 2, 3",
    "SELECT kind, company, currency, count(*), sum(abs(amount_minor)) FROM review_item WHERE state = 'open'"
    " GROUP BY 1, 2, 3",
)
