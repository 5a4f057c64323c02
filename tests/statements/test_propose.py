"""A proposed profile shows its evidence and asks where the file is ambiguous; it is never used unanswered."""

import re

import pytest

from recon.errors import UsageError
from recon.statements.propose import propose, try_profile

CLEAR = (
    b"Buchungstag;Verwendungszweck;Betrag;CCY;IBAN\n"
    b"2026-04-02;Miete;-1.234,56;EUR;DE89370400440532013000\n"
    b"2026-04-05;Gehalt;3.500,00;EUR;DE89370400440532013000\n"
)


def test_a_clear_layout_is_proposed_with_a_preview_and_no_question():
    proposed = propose(CLEAR, "bank.csv")
    assert proposed.questions == ()
    assert [line.amount_minor for line in proposed.preview] == [-123456, 350000]
    assert "100% filled, for example: -1.234,56" in proposed.toml
    assert "DE89370400440532013000" not in proposed.toml


def test_ambiguous_days_and_amounts_are_questions_and_the_profile_is_not_usable_before():
    content = b'Date,Text,Amount,Currency\n03/04/2026,a,"1,650",EUR\n05/06/2026,b,"-2,000",EUR\n'
    proposed = propose(content, "bank.csv")
    assert [question.remedy for question in proposed.questions] == [
        "Set days.booked_on to DD/MM/YYYY or MM/DD/YYYY",
        "Set numbers.decimal to '.' or ',', and numbers.group to the other if it groups; if the bank writes three"
        " decimals, numbers.decimals to 3",
    ]
    with pytest.raises(UsageError):
        try_profile(content, "bank.csv", proposed.toml)
    answered = proposed.toml.replace('["?"]', '["MM/DD/YYYY"]').replace(
        'decimal = "?"\ngroup = ""', 'decimal = "."\ngroup = ","'
    )
    (statement,) = try_profile(content, "bank.csv", answered).statements
    assert [(line.booked_on.isoformat(), line.amount_minor) for line in statement.lines] == [
        ("2026-03-04", 165000),
        ("2026-05-06", -200000),
    ]


def test_days_beyond_the_twelfth_settle_the_order():
    content = b"Date,Text,Amount,Currency\n03/04/2026,a,1.50,EUR\n25/06/2026,b,-2.00,EUR\n"
    assert 'booked_on = ["DD/MM/YYYY"]' in propose(content, "bank.csv").toml


def test_amounts_without_any_sign_are_asked_about():
    proposed = propose(b"Date,Text,Amount,Currency\n2026-03-04,a,1.50,EUR\n", "bank.csv")
    assert [question.what for question in proposed.questions] == [
        "no amount is negative and no column says debit or credit"
    ]


def test_text_without_columns_is_not_proposed_for():
    proposed = propose(b"hello\nworld\n", "bank.txt")
    assert proposed.toml == "" and proposed.questions


def test_a_flag_column_says_the_direction_and_nothing_told_is_lost():
    content = (
        b'"Datum","Naam","Rekening","Tegenrekening","Af Bij","Bedrag (EUR)","Soort","Mededelingen"\n'
        b'"20260301","ACME","NL20INGB0001234567","NL47BUNQ2025181418","Bij","100,00","OV","factuur 1"\n'
        b'"20260302","Shop","NL20INGB0001234567","","Af","10,50","BA","pas 1"\n'
    )
    proposed = propose(content, "bank.csv")
    assert proposed.questions == () and [line.amount_minor for line in proposed.preview] == [10000, -1050]
    assert proposed.preview[0].remittance == "factuur 1" and ("Soort", "OV") in proposed.preview[0].details


def test_a_trailing_delimiter_behind_the_rows_only_is_no_column():
    content = b"Date,Text,Amount,Currency\n2026-03-14,a,1.50,EUR,\n2026-03-15,b,-2.00,EUR,\n"
    assert [line.amount_minor for line in propose(content, "bank.csv").preview] == [150, -200]


def test_two_columns_that_may_be_the_booking_day_are_a_question():
    content = b"Started Date,Completed Date,Text,Amount,Currency\n2026-03-14,2026-03-15,a,-1.50,EUR\n"
    proposed = propose(content, "bank.csv")
    assert "may each be the booking day" in proposed.questions[0].what and 'booked_on = "?"' in proposed.toml


def test_headings_that_repeat_are_named_by_their_place():
    content = b"Date,Text,Amount,Currency,x,x\n2026-03-14,a,-1.50,EUR,1a,2b\n"
    assert propose(content, "bank.csv").preview[0].details == (("column 5", "1a"), ("column 6", "2b"))


def test_totals_below_the_rows_do_not_hide_what_a_column_is():
    content = b"Date;Text;Amount;Currency\n14.03.2026;a;1,50;EUR\n15.03.2026;b;-2,00;EUR\nTotal;;-0,50;\n"
    proposed = propose(content, "bank.csv")
    assert proposed.questions == () and [line.amount_minor for line in proposed.preview] == [150, -200]


def test_remarks_below_the_rows_are_proposed_as_notes():
    content = (
        b"Date;Text;Amount;Currency\n14.03.2026;a;1,50;EUR\n15.03.2026;b;-2,00;EUR\n16.03.2026;c;1,00;EUR\n"
        b'\nTotal;;0,50;\n"This export is for information only; ask your branch."\n'
    )
    proposed = propose(content, "bank.csv")
    assert proposed.questions == ()
    reading = try_profile(content, "bank.csv", proposed.toml)
    assert [line.amount_minor for line in reading.statements[0].lines] == [150, -200, 100]
    assert not [problem for problem in reading.problems if problem.quarantined]


def test_a_row_with_an_amount_but_no_day_is_never_proposed_as_a_note():
    rows = b"".join(b"%d.03.2026;a;-1,50;EUR\n" % day for day in range(10, 30))
    content = b"Date;Text;Amount;Currency\n" + rows + b"Pending;c;9,00;EUR\n"
    proposed = propose(content, "bank.csv")
    reading = try_profile(content, "bank.csv", proposed.toml)
    assert [problem.quarantined for problem in reading.problems if problem.quarantined] == ["row"]


def test_rows_that_state_balances_are_a_question():
    content = (
        b"Date;Text;Amount;Currency\n14.03.2026;Opening balance;100,00;EUR\n14.03.2026;a;1,50;EUR\n"
        b"15.03.2026;b;-2,00;EUR\n15.03.2026;Closing balance;99,50;EUR\n"
    )
    proposed = propose(content, "bank.csv")
    assert ["'Opening balance'" in question.what for question in proposed.questions] == [True]
    with pytest.raises(UsageError, match="notes"):
        try_profile(content, "bank.csv", proposed.toml)
    answer = proposed.toml.replace('["?"]', "['(Opening|Closing) balance']")
    reading = try_profile(content, "bank.csv", answer)
    assert [line.amount_minor for line in reading.statements[0].lines] == [150, -200]


def test_ibans_that_change_from_row_to_row_are_not_the_own_account():
    content = (
        b"Datum;Name;IBAN;BIC;Betrag;Currency\n14.03.2026;a;DE89370400440532013000;X;1,50;EUR\n"
        b"15.03.2026;b;AT611904300234573201;Y;-2,00;EUR\n16.03.2026;c;;;-3,00;EUR\n"
    )
    proposed = propose(content, "bank.csv")
    reading = try_profile(content, "bank.csv", proposed.toml)
    assert [(statement.account, len(statement.lines)) for statement in reading.statements] == [("", 3)]
    assert [line.payer_account for line in proposed.preview] == ["DE89370400440532013000", "AT611904300234573201", ""]


def test_a_number_that_stands_in_every_row_is_the_own_account():
    rows = "".join(f"40010002;Text {n};{n}.03.2026;EUR;0,00;{n},00\n" for n in range(10, 14))
    proposed = propose(f"Kontonummer;Text;Datum;Währung;Soll;Haben\n{rows}".encode(), "bank.csv")
    assert 'account = "Kontonummer"' in proposed.toml and "payer_account" not in proposed.toml


def test_a_balance_of_the_whole_statement_is_no_running_balance():
    content = (
        b"currency,initial_balance,final_balance,date,text,amount\nEUR,0.00,7.00,2026-03-14,a,10.00\n"
        b"EUR,0.00,7.00,2026-03-15,b,-3.00\n"
    )
    proposed = propose(content, "bank.csv")
    assert not re.search("^balance =", proposed.toml, re.MULTILINE)
    assert [line.amount_minor for line in proposed.preview] == [1000, -300]


def test_words_of_a_state_column_are_told_apart_or_asked_for():
    content = (
        b"Date;Text;Amount;Currency;Info\n14.03.2026;a;1,50;EUR;Umsatz gebucht\n"
        b"15.03.2026;b;-2,00;EUR;Umsatz vorgemerkt\n16.03.2026;c;-3,00;EUR;REVERTED\n"
    )
    proposed = propose(content, "bank.csv")
    assert proposed.questions == ()
    (statement,) = try_profile(content, "bank.csv", proposed.toml).statements
    assert [(line.amount_minor, line.pending) for line in statement.lines] == [(150, False), (-200, True)]
    unknown = propose(content.replace(b";Info", b";Status").replace(b"REVERTED", b"IN REVIEW"), "bank.csv")
    assert "'IN REVIEW'" in unknown.questions[0].what and 'booked = "?"' in unknown.toml


def test_a_currency_in_a_heading_is_the_currency():
    content = (
        b"Transaction date,Description,Withdrawals (SGD),Deposits (SGD)\n16/05/2026,a,110.39,\n14/05/2026,b,,3.00\n"
    )
    assert [line.currency for line in propose(content, "bank.csv").preview] == ["SGD", "SGD"]


@pytest.mark.parametrize("heading", ["Type", "Transaction_Type", "D/C"])
def test_words_of_debit_and_credit_are_the_sign_whatever_the_heading(heading):
    content = f"Date,Narration,Amount,{heading},Ccy\n2026-03-14,a,450.00,DR,EUR\n2026-03-15,b,7.00,CR,EUR\n"
    proposed = propose(content.encode(), "bank.csv")
    assert proposed.questions == () and [line.amount_minor for line in proposed.preview] == [-45000, 700]


def test_of_two_names_each_is_the_counterparty_of_its_direction():
    content = (
        "Buchungsdatum;Zahlungspflichtige*r;Zahlungsempfänger*in;Umsatztyp;IBAN;Betrag (€)\n"
        "14.03.26;Wir;Bahn;Ausgang;DE1;-29,9\n13.03.26;ACME;Wir;Eingang;DE2;50\n"
    )
    proposed = propose(content.encode(), "bank.csv")
    assert [(line.payer, line.kind) for line in proposed.preview] == [("Bahn", "Ausgang"), ("ACME", "Eingang")]
    assert "\naccount" not in proposed.toml


def test_the_number_of_an_account_tells_it_better_than_its_name():
    content = b"Date,Description,Value,Account Name,Account Number,Ccy\n14 Sep 2026,a,-2.00,Doe J,600000-12345678,GBP\n"
    assert 'account = "Account Number"' in propose(content, "bank.csv").toml


def test_a_file_of_pending_rows_asks_for_the_word_of_booked_ones():
    proposed = propose(b"Date;Text;Amount;Currency;Status\n14.03.2026;a;-1,50;EUR;Pending\n", "bank.csv")
    assert ["no row of the state column is booked" in question.what for question in proposed.questions] == [True]
    with pytest.raises(UsageError, match="state"):
        try_profile(b"", "bank.csv", proposed.toml)
