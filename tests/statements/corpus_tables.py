"""What is expected of samples that are not simply read: refusals, rows set aside, profiles chosen by hand."""

import os
import re

STEP = int(os.environ.get("RECON_CORPUS_STEP", "97"))

_FRAGMENT = "names no account (:25:): a fragment, or a file that was cut"
REFUSED = {
    "jseutter_ofxparse__account_listing_aggregation.ofx": "holds no statement",
    "jseutter_ofxparse__signon_fail.ofx": "status 15500",
    "jseutter_ofxparse__signon_success_no_message.ofx": "holds no statement",
    "reubano_csv2ofx__transfer_example.ofx": "holds no statement",
    "stoicflame_ofx4j__mercantile-brokerage-services-profile.ofx": "holds no statement",
    "stoicflame_ofx4j__wells-fargo-investments-profile.ofx": "holds no statement",
    "stoicflame_ofx4j__closing-tags.ofx": "holds no statement",
    "stoicflame_ofx4j__example-response2.ofx": "the end mark </OFX> is missing",
    "stoicflame_ofx4j__simple.ofx": "holds no statement",
    "genkgo_camt__camt053.v2.wrong.xml": "holds no statement",
    "railslove_camt_parser__invalid_namespace.xml": "holds no statement",
    "railslove_camt_parser__valid_namespace.xml": "holds no statement",
    "WoLpH_mt940__empty_non_swift.sta": "the format is none we know",
    "WoLpH_mt940__invalid_statement.sta": "the format is none we know",
    "WoLpH_mt940__statement_number.sta": "the format is none we know",
    "WoLpH_mt940__account_balance_debit.sta": _FRAGMENT,
    "WoLpH_mt940__amount_formats.sta": _FRAGMENT,
    "WoLpH_mt940__empty_entry_date.sta": _FRAGMENT,
    "WoLpH_mt940__empty_line.sta": _FRAGMENT,
    "railslove_cmxl__statement-details-mt942.txt": _FRAGMENT,
    "railslove_cmxl__statement-mt940.txt": _FRAGMENT,
    "WoLpH_mt940__sepa_snippet_broken.sta": "names two accounts",
    "WoLpH_mt940__gv_codes.sta": "the closing balance (:62F:) is missing",
    "railslove_cmxl__mt940-with-colon-after-line-break.txt": "the closing balance (:62F:) is missing",
    "sandermarechal_jejik-mt940__K4262927_20200905-080000-952.txt": "the closing balance (:62F:) is missing",
    "moov-io_bai2__sample5-issue113.txt": "the account's sum is -1,260,161,341,762, the records make 7,999,960",
}
ROWS_SET_ASIDE = {
    "asgrim_ofxparser__ofxdata-banking-xml200.ofx": ["text stands outside any field: '*snipped*'"],
    "jseutter_ofxparse__decimal_error.ofx": ["'$120' is not an amount"],
}
# Layouts without a header, or with one that other banks use otherwise, are chosen by hand.
CHOSEN = {
    "bank2ynab_bank2ynab__20180226_12345678.csv": "description-amount-balance-dmy",
    "bank2ynab_bank2ynab__dba33fceecd62c3c727893361e0ba4d3.P000000027355791.csv": "singapore-headerless",
    "bank2ynab_bank2ynab__statement_1.csv": "uk-card-headerless",
    "bank2ynab_bank2ynab__test_BOI_TransactionExport.csv": "boi",
    "bank2ynab_bank2ynab__test_delimiter_tab.csv": "austria-headerless",
    "bank2ynab_bank2ynab__test_row_format_neg_inflow.csv": "austria-headerless-signed",
    "reubano_csv2ofx__creditunion.csv": "creditunion",
    "reubano_csv2ofx__mint_headerless.csv": "mint-headerless",
    "sebastienrousseau_bankstatementparser__csv_garbled_amount.csv": "description-amount-currency-iso",
}
PROPOSED = frozenset(("bank2ynab_bank2ynab__test_headers.csv",))
# (rows read, rows set aside): counted by eye in the samples.
CSV_ROWS = {
    "bank2ynab_bank2ynab__20171001-20171106.csv": (1, 0),
    "bank2ynab_bank2ynab__2018-04-14_10-52-13_bunq-transactieoverzicht.csv": (3, 0),
    "bank2ynab_bank2ynab__20180226_12345678.csv": (1, 0),
    "bank2ynab_bank2ynab__CSV_A_20180414_112204.csv": (2, 1),  # a row without its first quotation mark
    "bank2ynab_bank2ynab__MonzoDataExport_February2018_2018-02-26_174335.csv": (1, 0),
    "bank2ynab_bank2ynab__TH_20180101-20180523_page_1.csv": (0, 9),  # days made anonymous: 1111/11/11
    "bank2ynab_bank2ynab__TH_20180101-20180523_strana_1.csv": (0, 9),
    "bank2ynab_bank2ynab__W80844_EBH_201945.202122.csv": (2, 0),
    "bank2ynab_bank2ynab__dba33fceecd62c3c727893361e0ba4d3.P000000027355791.csv": (1, 0),
    "bank2ynab_bank2ynab__export_BE11123456789012_20180304_1422.csv": (1, 0),
    "bank2ynab_bank2ynab__statement_1.csv": (1, 0),
    "bank2ynab_bank2ynab__test_BOI_TransactionExport.csv": (27, 0),
    "bank2ynab_bank2ynab__test_delimiter_tab.csv": (73, 1),  # "A null transaction, just to confuse things"
    "bank2ynab_bank2ynab__test_headers.csv": (73, 0),  # a null transaction and two footer rows are proposed as notes
    "bank2ynab_bank2ynab__test_row_format_neg_inflow.csv": (73, 1),
    "bank2ynab_bank2ynab__umsatz-1234________1234-20180227.CSV": (1, 0),
    "reubano_csv2ofx__creditunion.csv": (8, 0),
    "reubano_csv2ofx__default.csv": (8, 0),
    "reubano_csv2ofx__gls.csv": (1, 0),
    "reubano_csv2ofx__mint.csv": (4, 0),
    "reubano_csv2ofx__mint_headerless.csv": (4, 0),
    "reubano_csv2ofx__payoneer.csv": (2, 0),
    **{f"reubano_csv2ofx__schwab-checking-baltest-case{number}.csv": (4, 0) for number in (1, 3, 4, 5, 6)},
    "reubano_csv2ofx__schwab-checking-baltest-case7.csv": (2, 0),
    "sebastienrousseau_bankstatementparser__csv_european_decimals.csv": (3, 0),
    "sebastienrousseau_bankstatementparser__csv_garbled_amount.csv": (1, 1),
    "sebastienrousseau_bankstatementparser__csv_spanish_headers.csv": (3, 0),
    "sebastienrousseau_bankstatementparser__sample_split_amounts.csv": (2, 0),
}
SAME_BOOKS = [
    ("reubano_csv2ofx__gls.csv", "reubano_csv2ofx__gls.ofx"),
    ("reubano_csv2ofx__payoneer.csv", "reubano_csv2ofx__payoneer.ofx"),
    ("reubano_csv2ofx__schwab-checking-baltest-case1.csv", "reubano_csv2ofx__schwab-checking-baltest-case1.ofx"),
    ("reubano_csv2ofx__schwab-checking-baltest-case3.csv", "reubano_csv2ofx__schwab-checking-baltest-case3.ofx"),
    ("reubano_csv2ofx__schwab-checking-baltest-case7.csv", "reubano_csv2ofx__schwab-checking-baltest-case7.ofx"),
]


def at_message_end(format: str, raw: bytes, cut: int) -> bool:
    """Whether an MT940 file was cut between two messages: each is complete in itself and the file has no end mark."""
    if format not in ("mt940", "mt942"):
        return False
    rest, before = raw[cut:], raw[:cut]
    is_between = re.match(rb"[\s\x01}-]*(?:\{|:20:|[^:]{0,40}:20:|:940:|$)", rest) is not None
    return is_between or (b":62" in before and before.rfind(b":62") > before.rfind(b":60"))
