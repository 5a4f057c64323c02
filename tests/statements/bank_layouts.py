# ruff: noqa: E501 - the rows of a bank are as long as they are
"""CSV exports of banks around the world, in layouts that are public knowledge, with invented payments.

Each is (name, text, answers, lines): what a person answers to the questions of the proposal, by key, and what the rows
then say, as (day, minor units, currency). A key that is not answered must not have been asked.
"""

US = {"statement.currency": "USD"}
DMY = {"days.booked_on": ["DD/MM/YYYY"]}

LAYOUTS: list[tuple[str, str, dict[str, object], list[tuple[str, int, str]]]] = [
    (
        "Chase checking",
        "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
        'CREDIT,03/14/2026,"ORIG CO NAME:ACME",1650.00,ACH_CREDIT,5650.00,,\n'
        'DEBIT,03/13/2026,"CHECK 1001",-250.75,CHECK_PAID,4000.00,1001,\n',
        US,
        [("2026-03-14", 165000, "USD"), ("2026-03-13", -25075, "USD")],
    ),
    (
        "Chase card",
        "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
        "03/14/2026,03/16/2026,OFFICE DEPOT,Shopping,Sale,-44.10,\n03/12/2026,03/13/2026,Payment,,Payment,500.00,\n",
        {**US, "columns.booked_on": "Post Date"},
        [("2026-03-16", -4410, "USD"), ("2026-03-13", 50000, "USD")],
    ),
    (
        "Bank of America",
        "Description,,Summary Amt.\n"
        'Beginning balance as of 03/01/2026,,"1,000.00"\nTotal credits,,"1,650.00"\nTotal debits,,"-250.75"\n'
        'Ending balance as of 03/31/2026,,"2,399.25"\n\n'
        "Date,Description,Amount,Running Bal.\n"
        '03/01/2026,Beginning balance as of 03/01/2026,,"1,000.00"\n'
        '03/14/2026,"ACME DES:PAYMENT ID:4711","1,650.00","2,650.00"\n03/15/2026,"CHECK 1001","-250.75","2,399.25"\n',
        US,
        [("2026-03-14", 165000, "USD"), ("2026-03-15", -25075, "USD")],
    ),
    (
        "Wells Fargo",
        '"03/14/2026","1650.00","*","","ACME ACH CREDIT 4711"\n"03/15/2026","-250.75","*","1001","CHECK # 1001"\n'
        '"03/17/2026","-12.00","*","","FEE"\n',
        US,
        [("2026-03-14", 165000, "USD"), ("2026-03-15", -25075, "USD"), ("2026-03-17", -1200, "USD")],
    ),
    (
        "Citi",
        "Status,Date,Description,Debit,Credit\n"
        'Cleared,03/14/2026,"OFFICE DEPOT",44.10,\nCleared,03/15/2026,"PAYMENT THANK YOU",,500.00\n',
        US,
        [("2026-03-14", -4410, "USD"), ("2026-03-15", 50000, "USD")],
    ),
    (
        "Capital One",
        "Account Number,Transaction Description,Transaction Date,Transaction Type,Transaction Amount,Balance\n"
        "1234,Deposit from ACME,03/14/26,Credit,1650.00,2650.00\n1234,Withdrawal to RENT,03/15/26,Debit,250.75,2399.25\n",
        US,
        [("2026-03-14", 165000, "USD"), ("2026-03-15", -25075, "USD")],
    ),
    (
        "Capital One card",
        "Transaction Date,Posted Date,Card No.,Description,Category,Debit,Credit\n"
        "2026-03-14,2026-03-15,1234,OFFICE DEPOT,Merchandise,44.10,\n2026-03-16,2026-03-17,1234,PYMT,Payment,,500.00\n",
        {**US, "columns.booked_on": "Posted Date"},
        [("2026-03-15", -4410, "USD"), ("2026-03-17", 50000, "USD")],
    ),
    (
        "American Express",
        "Date,Description,Card Member,Account #,Amount\n"
        "03/14/2026,OFFICE DEPOT,J SMITH,-11001,44.10\n03/15/2026,PAYMENT RECEIVED,J SMITH,-11001,-500.00\n",
        {**US, "numbers.inverted": True},
        [("2026-03-14", -4410, "USD"), ("2026-03-15", 50000, "USD")],
    ),
    (
        "PayPal",
        '\ufeff"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address",'
        '"Transaction ID","Balance"\n'
        '"03/14/2026","10:00:00","PST","Acme","Website Payment","Completed","USD","1,650.00","-48.15","1,601.85",'
        '"a@acme.test","T1","1,601.85"\n'
        '"03/15/2026","11:00:00","PST","","General Withdrawal","Completed","USD","-600.00","0.00","-600.00","","T2",'
        '"1,001.85"\n',
        {"columns.amount": "Net"},
        [("2026-03-14", 160185, "USD"), ("2026-03-15", -60000, "USD")],
    ),
    (
        "Stripe payouts",
        "id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC),Description\n"
        "txn_1,charge,ch_1,1650.00,48.15,1601.85,usd,2026-03-14 10:00,2026-03-16 00:00,Invoice 4711\n"
        "txn_2,payout,po_1,-1601.85,0.00,-1601.85,usd,2026-03-17 10:00,2026-03-18 00:00,STRIPE PAYOUT\n",
        {"columns.amount": "Net"},
        [("2026-03-14", 160185, "USD"), ("2026-03-17", -160185, "USD")],
    ),
    (
        "Wise",
        "TransferWise ID,Date,Amount,Currency,Description,Payment Reference,Running Balance,Payer Name,Payee Name\n"
        "TRANSFER-1,14-03-2026,1650.00,EUR,Received money from ACME,RE 4711,2650.00,ACME,\n"
        "TRANSFER-2,15-03-2026,-250.75,EUR,Sent money to RENT,Rent,2399.25,,RENT LTD\n",
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-15", -25075, "EUR")],
    ),
    (
        "Revolut",
        "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
        "TOPUP,Current,2026-03-14 09:58:00,2026-03-14 10:00:00,Payment from Acme,1650.00,0.00,EUR,COMPLETED,2650.00\n"
        "CARD_PAYMENT,Current,2026-03-15 08:00:00,2026-03-16 09:00:00,Office,-250.75,0.00,EUR,COMPLETED,2399.25\n",
        {"columns.booked_on": "Completed Date"},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -25075, "EUR")],
    ),
    (
        "N26 (2024)",
        '"Booking Date","Value Date","Partner Name","Partner Iban",Type,"Payment Reference","Account Name","Amount (EUR)",'
        '"Original Amount","Original Currency","Exchange Rate"\n'
        '2026-03-14,2026-03-14,"Acme GmbH",DE89370400440532013000,"Credit Transfer","RE 4711","Main",1650.00,,,\n'
        '2026-03-15,2026-03-16,"Office Ltd",,Presentment,,"Main",-250.75,270.10,USD,0.928\n',
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-15", -25075, "EUR")],
    ),
    (
        "Sparkasse CSV-CAMT",
        '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Glaeubiger ID";'
        '"Mandatsreferenz";"Kundenreferenz (End-to-End)";"Sammlerreferenz";"Lastschrift Ursprungsbetrag";'
        '"Auslagenersatz Ruecklastschrift";"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"BIC (SWIFT-Code)";'
        '"Betrag";"Waehrung";"Info"\n'
        '"DE02120300000000202051";"14.03.26";"14.03.26";"GUTSCHR. UEBERWEISUNG";"RE 4711 Rechnung";"";"";"E2E1";"";"";"";'
        '"Acme GmbH";"DE89370400440532013000";"COBADEFFXXX";"1.650,00";"EUR";"Umsatz gebucht"\n'
        '"DE02120300000000202051";"15.03.26";"16.03.26";"FOLGELASTSCHRIFT";"Strom Abschlag";"DE98ZZZ";"M1";"E2E2";"";"";"";'
        '"Stadtwerke";"DE75512108001245126199";"SOGEDEFFXXX";"-250,75";"EUR";"Umsatz gebucht"\n',
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-15", -25075, "EUR")],
    ),
    (
        "Sparkasse MT940 CSV",
        '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Begünstigter/Zahlungspflichtiger";'
        '"Kontonummer";"BLZ";"Betrag";"Währung";"Info"\n'
        '"202051";"14.03.";"14.03.26";"GUTSCHRIFT";"RE 4711";"ACME GMBH";"532013000";"37040044";"1650,00";"EUR";"Umsatz"\n'
        '"202051";"15.03.";"16.03.26";"LASTSCHRIFT";"STROM";"STADTWERKE";"1245126199";"51210800";"-250,75";"EUR";"Umsatz"\n',
        {"columns.booked_on": "Valutadatum"},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -25075, "EUR")],
    ),
    (
        "Deutsche Bank",
        "Umsätze Girokonto;;;Kundennummer: 100 1234567\n14.02.2026 - 15.03.2026\nLetzter Kontostand;;;;1.000,00;EUR\n"
        "Vorgemerkte und noch nicht gebuchte Umsätze sind nicht Bestandteil dieser Übersicht.\n"
        "Buchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;IBAN;BIC;Kundenreferenz;Mandatsreferenz ;"
        "Gläubiger ID;Fremde Gebühren;Betrag;Abweichender Empfänger;Anzahl der Aufträge;Anzahl der Schecks;Soll;Haben;"
        "Währung\n"
        "14.03.2026;14.03.2026;SEPA-Überweisung von;Acme GmbH;RE 4711;DE89370400440532013000;COBADEFF;;;;;;;;;;1.650,00;EUR\n"
        "15.03.2026;16.03.2026;SEPA-Lastschrift von;Stadtwerke;Strom;DE75512108001245126199;SOGEDEFF;;M1;Z1;;;;;;-250,75;;"
        "EUR\nKontostand;15.03.2026;;;2.399,25;EUR\n",
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-15", -25075, "EUR")],
    ),
    (
        "Commerzbank",
        "Buchungstag;Wertstellung;Umsatzart;Buchungstext;Betrag;Währung;IBAN Kontoinhaber;Kategorie\n"
        "14.03.2026;14.03.2026;Gutschrift;Acme GmbH RE 4711 End-to-End-Ref.: NOTPROVIDED;1650,00;EUR;"
        "DE02120300000000202051;Einnahmen\n"
        "15.03.2026;16.03.2026;Lastschrift;Stadtwerke Strom;-250,75;EUR;DE02120300000000202051;Wohnen\n",
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-15", -25075, "EUR")],
    ),
    (
        "ING Germany",
        "Umsatzanzeige;Datei erstellt am: 16.03.2026 10:00\n\nIBAN;DE02 1203 0000 0000 2020 51\nKontoname;Girokonto\n"
        "Bank;ING\nKunde;Muster\nZeitraum;01.03.2026 - 16.03.2026\nSaldo;2.399,25;EUR\n\n"
        "Buchung;Wertstellungsdatum;Auftraggeber/Empfänger;Buchungstext;Verwendungszweck;Saldo;Währung;Betrag;Währung\n"
        "15.03.2026;16.03.2026;Stadtwerke;Lastschrift;Strom;2.399,25;EUR;-250,75;EUR\n"
        "14.03.2026;14.03.2026;Acme GmbH;Gutschrift;RE 4711;2.650,00;EUR;1.650,00;EUR\n",
        {},
        [("2026-03-15", -25075, "EUR"), ("2026-03-14", 165000, "EUR")],
    ),
    (
        "ING Netherlands",
        '"Date","Name / Description","Account","Counterparty","Code","Debit/credit","Amount (EUR)","Transaction type",'
        '"Notifications"\n'
        '"20260314","ACME BV","NL20INGB0001234567","NL91ABNA0417164300","OV","Credit","1650,00","Transfer","Inv 4711"\n'
        '"20260315","Rent","NL20INGB0001234567","NL02RABO0123456789","GT","Debit","250,75","Online Banking","Rent"\n',
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-15", -25075, "EUR")],
    ),
    (
        "ABN AMRO (tab, no header)",
        "123456789\tEUR\t20260314\t1000,00\t2650,00\t20260314\t1650,00\tSEPA Overboeking IBAN: NL20INGB0001234567 ACME\n"
        "123456789\tEUR\t20260315\t2650,00\t2399,25\t20260315\t-250,75\tSEPA Incasso Stroom\n"
        "123456789\tEUR\t20260316\t2399,25\t2387,25\t20260316\t-12,00\tKosten betalingsverkeer\n",
        {"columns.amount": 7},
        [("2026-03-14", 165000, "EUR"), ("2026-03-15", -25075, "EUR"), ("2026-03-16", -1200, "EUR")],
    ),
    (
        "Belfius",
        "Rekening;Boekingsdatum;Rekeninguittrekselnummer;Transactienummer;Rekening tegenpartij;Naam tegenpartij bevat;"
        "Straat en nummer;Postcode en plaats;Transactie;Valutadatum;Bedrag;Devies;BIC;Landcode;Mededelingen\n"
        "BE68539007547034;14/03/2026;00003;1;BE71096123456769;ACME NV;;;OVERSCHRIJVING;14/03/2026;1650,00;EUR;GKCC;BE;"
        "+++090/9337/55493+++\n"
        "BE68539007547034;16/03/2026;00003;2;BE43068999999501;ELEKTRA;;;DOMICILIERING;16/03/2026;-250,75;EUR;GKCC;BE;x\n",
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -25075, "EUR")],
    ),
    (
        "BNP Paribas",
        "Compte de chèques;Compte de chèques;****1234;14/03/2026;;2 399,25\n"
        "14/03/2026;VIREMENT RECU;VIR SEPA ACME;VIREMENT ACME FACTURE 4711;1 650,00\n"
        "16/03/2026;PRELEVEMENT;PRLV SEPA EDF;PRELEVEMENT EDF;-250,75\n17/03/2026;FRAIS;COMMISSION;COMMISSION;-12,00\n",
        {"statement.currency": "EUR"},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -25075, "EUR"), ("2026-03-17", -1200, "EUR")],
    ),
    (
        "Boursorama",
        "dateOp;dateVal;label;category;categoryParent;supplierFound;amount;comment;accountNum;accountLabel;accountbalance\n"
        '2026-03-14;2026-03-14;"VIR ACME FACTURE 4711";"Virements";"Mouvements";"acme";"1 650,00";;00040123456;BoursoBank;'
        "2399.25\n"
        '2026-03-15;2026-03-16;"PRLV EDF";"Energie";"Logement";"edf";-250,75;;00040123456;BoursoBank;2399.25\n',
        {"statement.currency": "EUR", "numbers.decimal": ",", "numbers.group": " ", "columns.balance": None},
        [("2026-03-14", 165000, "EUR"), ("2026-03-15", -25075, "EUR")],
    ),
    (
        "Crédit Agricole",
        "Téléchargement du 16/03/2026;\n\nCompte de Dépôt n° 12345678901;\nSolde au 16/03/2026 2 399,25 €\n\n"
        "Liste des opérations du compte;\n\n"
        "Date;Libellé;Débit euros;Crédit euros;\n"
        '14/03/2026;"VIREMENT ACME\nFACTURE 4711\n";;1 650,00;\n16/03/2026;"PRELEVEMENT EDF\n";250,75;;\n',
        {"statement.currency": "EUR"},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -25075, "EUR")],
    ),
    (
        "Santander Spain",
        "FECHA OPERACIÓN;FECHA VALOR;CONCEPTO;IMPORTE EUR;SALDO\n"
        "14/03/2026;14/03/2026;Transferencia de Acme Factura 4711;1.650,00;2.650,00\n"
        "16/03/2026;16/03/2026;Recibo Luz;-250,75;2.399,25\n",
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -25075, "EUR")],
    ),
    (
        "BBVA",
        "F.Valor;Fecha;Concepto;Movimiento;Importe;Divisa;Disponible;Divisa;Observaciones\n"
        "14/03/2026;14/03/2026;Transferencia recibida;Acme;1650,00;EUR;2650,00;EUR;Factura 4711\n"
        "16/03/2026;16/03/2026;Adeudo;Luz;-250,75;EUR;2399,25;EUR;\n",
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -25075, "EUR")],
    ),
    (
        "UniCredit",
        "Data Registrazione;Data valuta;Descrizione;Importo (EUR);Canale;\n"
        '14.03.2026;14.03.2026;"BONIFICO DA ACME FATTURA 4711";1.650,00;INTERNET;\n'
        '16.03.2026;16.03.2026;"ADDEBITO SDD ENEL";-250,75;INTERNO;\n',
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -25075, "EUR")],
    ),
    (
        "Intesa Sanpaolo",
        "Data contabile;Data valuta;Descrizione;Accrediti;Addebiti;Descrizione estesa\n"
        "14/03/2026;14/03/2026;BONIFICO;1.650,00;;ACME FATTURA 4711\n16/03/2026;16/03/2026;ADDEBITO;;-250,75;ENEL\n",
        {"statement.currency": "EUR"},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -25075, "EUR")],
    ),
    (
        "PostFinance",
        'Datum von:;="01.03.2026"\nDatum bis:;="16.03.2026"\nBuchungsart:;="Alle Buchungen"\nKonto:;="CH9300762011623852957"\n'
        'Währung:;="CHF"\n\n'
        "Datum;Bewegungstyp;Avisierungstext;Gutschrift in CHF;Lastschrift in CHF;Label;Kategorie\n"
        '14.03.2026;Buchung;"GUTSCHRIFT VON ACME AG MITTEILUNG 4711";1650.00;;;Einnahmen\n'
        '16.03.2026;Buchung;"LASTSCHRIFT STROM";;-250.75;;Wohnen\n\nDisclaimer:\nDer Dokumentinhalt wurde erstellt.\n',
        {},
        [("2026-03-14", 165000, "CHF"), ("2026-03-16", -25075, "CHF")],
    ),
    (
        "UBS",
        "Kontonummer:;0234 00103914.40;\nIBAN:;CH29 0023 4234 1039 1440 A;\nVon:;2026-03-01;\nBis:;2026-03-16;\n"
        "Anfangssaldo:;1000.00;\nSchlusssaldo:;2399.25;\nBewertet in:;CHF;\nAnzahl Transaktionen in diesem Zeitraum:;2;\n\n"
        "Abschlussdatum;Abschlusszeit;Buchungsdatum;Valutadatum;Währung;Belastung;Gutschrift;Einzelbetrag;Saldo;"
        "Transaktions-Nr.;Beschreibung1;Beschreibung2;Beschreibung3;Fussnoten;\n"
        '2026-03-16;10:00:00;2026-03-16;2026-03-16;CHF;-250.75;;;2399.25;9999001;"Strom AG";"Zahlung";;;\n'
        '2026-03-14;09:00:00;2026-03-14;2026-03-14;CHF;;1650.00;;2650.00;9999000;"Acme AG";"Gutschrift";"RE 4711";;\n',
        {"columns.booked_on": "Buchungsdatum"},
        [("2026-03-16", -25075, "CHF"), ("2026-03-14", 165000, "CHF")],
    ),
    (
        "Raiffeisen Switzerland",
        "IBAN;Booked At;Text;Credit/Debit Amount;Balance;Valuta Date\n"
        "CH9300762011623852957;2026-03-14 00:00:00.0;Gutschrift Acme AG;1650.00;2650.00;2026-03-14 00:00:00.0\n"
        "CH9300762011623852957;2026-03-16 00:00:00.0;Zahlung Strom;-250.75;2399.25;2026-03-16 00:00:00.0\n",
        {"statement.currency": "CHF"},
        [("2026-03-14", 165000, "CHF"), ("2026-03-16", -25075, "CHF")],
    ),
    (
        "Nordea",
        "Bokföringsdag;Belopp;Avsändare;Mottagare;Namn;Rubrik;Saldo;Valuta\n"
        "2026/03/14;1650,00;;;ACME AB;Faktura 4711;2650,00;SEK\n2026/03/16;-250,75;12345;;Elbolaget;El;2399,25;SEK\n",
        {},
        [("2026-03-14", 165000, "SEK"), ("2026-03-16", -25075, "SEK")],
    ),
    (
        "SEB",
        "Bokföringsdatum;Valutadatum;Verifikationsnummer;Text;Belopp;Saldo\n"
        "2026-03-14;2026-03-14;5490990004;ACME AB;1650.000;2650.000\n2026-03-16;2026-03-16;5490990005;EL;-250.750;2399.250\n",
        {"statement.currency": "SEK", "numbers.decimal": ".", "numbers.decimals": 3},
        [("2026-03-14", 165000, "SEK"), ("2026-03-16", -25075, "SEK")],
    ),
    (
        "Danske Bank",
        '"Dato";"Kategori";"Underkategori";"Tekst";"Beløb";"Saldo";"Status";"Afstemt"\n'
        '"14.03.2026";"Ukategoriseret";"";"ACME A/S 4711";"1.650,00";"2.650,00";"Udført";"Nej"\n'
        '"16.03.2026";"Bolig";"El";"Elselskab";"-250,75";"2.399,25";"Udført";"Nej"\n',
        {"statement.currency": "DKK"},
        [("2026-03-14", 165000, "DKK"), ("2026-03-16", -25075, "DKK")],
    ),
    (
        "Barclays",
        "Number,Date,Account,Amount,Subcategory,Memo\n"
        " ,14/03/2026,20-00-00 12345678,1650.00,Direct Credit,ACME LTD 4711 BGC\n"
        " ,16/03/2026,20-00-00 12345678,-250.75,Direct Debit,ELECTRIC DDR\n",
        {"statement.currency": "GBP"},
        [("2026-03-14", 165000, "GBP"), ("2026-03-16", -25075, "GBP")],
    ),
    (
        "HSBC UK",
        '14/03/2026,ACME LTD 4711,"1,650.00"\n16/03/2026,ELECTRIC,-250.75\n17/03/2026,CHARGES,-12.00\n',
        {"statement.currency": "GBP"},
        [("2026-03-14", 165000, "GBP"), ("2026-03-16", -25075, "GBP"), ("2026-03-17", -1200, "GBP")],
    ),
    (
        "Lloyds",
        "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance\n"
        "16/03/2026,DD,'30-00-00,12345678,ELECTRIC,250.75,,2399.25\n14/03/2026,FPI,'30-00-00,12345678,ACME LTD,,1650.00,2650.00\n",
        {"statement.currency": "GBP"},
        [("2026-03-16", -25075, "GBP"), ("2026-03-14", 165000, "GBP")],
    ),
    (
        "NatWest",
        "Date, Type, Description, Value, Balance, Account Name, Account Number\n\n"
        '14/03/2026,BAC,"\'ACME LTD , 4711",1650.00,2650.00,"\'MAIN","\'600000-12345678",\n'
        '16/03/2026,D/D,"\'ELECTRIC",-250.75,2399.25,"\'MAIN","\'600000-12345678",\n',
        {"statement.currency": "GBP"},
        [("2026-03-14", 165000, "GBP"), ("2026-03-16", -25075, "GBP")],
    ),
    (
        "Starling",
        "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),Spending Category,Notes\n"
        "14/03/2026,Acme Ltd,INV 4711,FASTER PAYMENT,1650.00,2650.00,INCOME,\n"
        "16/03/2026,Electric,DD 12,DIRECT DEBIT,-250.75,2399.25,BILLS,\n",
        {},
        [("2026-03-14", 165000, "GBP"), ("2026-03-16", -25075, "GBP")],
    ),
    (
        "ANZ",
        '14/03/2026,"1650.00","PAYMENT FROM ACME 4711"\n16/03/2026,"-250.75","ENERGY"\n17/03/2026,"-12.00","FEE"\n',
        {"statement.currency": "AUD"},
        [("2026-03-14", 165000, "AUD"), ("2026-03-16", -25075, "AUD"), ("2026-03-17", -1200, "AUD")],
    ),
    (
        "Commonwealth Bank",
        '14/03/2026,"+1650.00","Direct Credit ACME 4711","+2650.00"\n16/03/2026,"-250.75","Direct Debit ENERGY","+2399.25"\n'
        '17/03/2026,"-12.00","Fee","+2387.25"\n',
        {"statement.currency": "AUD", "columns.amount": 2},
        [("2026-03-14", 165000, "AUD"), ("2026-03-16", -25075, "AUD"), ("2026-03-17", -1200, "AUD")],
    ),
    (
        "Westpac",
        "Bank Account,Date,Narrative,Debit Amount,Credit Amount,Balance,Categories,Serial\n"
        "034000123456,14/03/2026,DEPOSIT ACME 4711,,1650.00,2650.00,DEP,\n"
        "034000123456,16/03/2026,ENERGY,250.75,,2399.25,PAYMENT,\n",
        {"statement.currency": "AUD"},
        [("2026-03-14", 165000, "AUD"), ("2026-03-16", -25075, "AUD")],
    ),
    (
        "RBC",
        '"Account Type","Account Number","Transaction Date","Cheque Number","Description 1","Description 2","CAD$","USD$"\n'
        'Chequing,01234-1234567,3/14/2026,,"ACME","INV 4711",1650.00,,\nChequing,01234-1234567,3/16/2026,12,"HYDRO","",-250.75,,\n',
        {"columns.amount": "CAD$", "statement.currency": "CAD", "numbers.decimal": "."},
        [("2026-03-14", 165000, "CAD"), ("2026-03-16", -25075, "CAD")],
    ),
    (
        "TD Canada Trust",
        "03/14/2026,ACME INV 4711,,1650.00,2650.00\n03/16/2026,HYDRO,250.75,,2399.25\n03/17/2026,FEE,12.00,,2387.25\n",
        {"statement.currency": "CAD", "columns.amount": None, "columns.debit": 3, "columns.credit": 4},
        [("2026-03-14", 165000, "CAD"), ("2026-03-16", -25075, "CAD"), ("2026-03-17", -1200, "CAD")],
    ),
    (
        "Mercury",
        "Date (UTC),Description,Amount,Status,Source Account,Bank Description,Reference,Note,Last Four Digits,Name On Card\n"
        "03-14-2026,Acme,1650.00,Sent,Checking,ACME; INV 4711,,,,\n03-16-2026,Electric,-250.75,Sent,Checking,ELECTRIC,,,,\n",
        US,
        [("2026-03-14", 165000, "USD"), ("2026-03-16", -25075, "USD")],
    ),
    (
        "mBank",
        "#Data operacji;#Opis operacji;#Rachunek;#Kategoria;#Kwota;#Saldo po operacji;\n"
        '2026-03-14;"PRZELEW ACME SP. Z O.O. FV 4711";"eKonto 1111 ... 2222";"Wpływy";1 650,00 PLN;2 650,00 PLN;\n'
        '2026-03-16;"ENERGIA";"eKonto 1111 ... 2222";"Rachunki";-250,75 PLN;2 399,25 PLN;\n',
        {},
        [("2026-03-14", 165000, "PLN"), ("2026-03-16", -25075, "PLN")],
    ),
    (
        "Erste Austria (JSON-like CSV)",
        "Buchungsdatum,Partnername,Partner IBAN,BIC/SWIFT,Betrag,Währung,Buchungs-Details,Valutadatum\n"
        '14.03.2026,Acme GmbH,AT611904300234573201,GIBAATWW,"1.650,00",EUR,RE 4711,14.03.2026\n'
        '16.03.2026,Strom AG,AT483200000012345864,RLNWATWW,"-250,75",EUR,Strom,16.03.2026\n',
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -25075, "EUR")],
    ),
    (
        "Handelsbanken",
        "Reskontradatum;Transaktionsdatum;Text;Belopp;Saldo\n"
        "2026-03-14;2026-03-13;ACME AB;1 650,00;2 650,00\n2026-03-16;2026-03-15;EL;-250,75;2 399,25\n",
        {"statement.currency": "SEK", "columns.booked_on": "Reskontradatum"},
        [("2026-03-14", 165000, "SEK"), ("2026-03-16", -25075, "SEK")],
    ),
    (
        "DKB",
        '"Girokonto";"DE02120300000000202051"\n""\n"Kontostand vom 16.03.2026:";"2.399,25 €"\n""\n'
        '"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";'
        '"Umsatztyp";"IBAN";"Betrag (€)";"Gläubiger-ID";"Mandatsreferenz";"Kundenreferenz"\n'
        '"16.03.26";"16.03.26";"Gebucht";"Muster";"Stadtwerke";"Strom";"Ausgang";"DE75512108001245126199";"-250,75";"Z";"M";""\n'
        '"14.03.26";"14.03.26";"Gebucht";"Acme GmbH";"Muster";"RE 4711";"Eingang";"DE89370400440532013000";"1.650,00";"";"";""\n',
        {},
        [("2026-03-16", -25075, "EUR"), ("2026-03-14", 165000, "EUR")],
    ),
    (
        "one thousand or one and a half",
        "Date;Text;Amount;Currency\n2026-03-14;ACME;1,650;EUR\n2026-03-16;FEE;-2,750;EUR\n",
        {"numbers.decimal": ".", "numbers.group": ","},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -275000, "EUR")],
    ),
    (
        "days that can be read in two ways",
        "Date;Text;Amount;Currency\n03/04/2026;ACME;1650.00;USD\n05/04/2026;FEE;-27.50;USD\n",
        DMY,
        [("2026-04-03", 165000, "USD"), ("2026-04-05", -2750, "USD")],
    ),
    (
        "a word for the sign beside amounts that have one",
        "DATE,TRANSACTION TYPE,DESCRIPTION,AMOUNT,ID,CURRENT BALANCE\n"
        '"03/16/2026","DEBIT","RENT","-$1,250.00","b2","$400.00"\n"03/14/2026","CREDIT","ACME 4711","$1,650.00","a1","$1,650.00"\n',
        US,
        [("2026-03-16", -125000, "USD"), ("2026-03-14", 165000, "USD")],
    ),
    (
        "a sign column that only its words tell",
        "EXPORT;;;;;;;\nKlantrekening;Boeking;Valutacode;Richting;Bedrag;Tegenrekeningnummer;Tegenrekeninghouder;Omschrijving;\n"
        '"NL00TEST0000000001";"14-03-2026";"EUR";"C";"1650";"99999999";"ACME";"factuur 4711";\n'
        '"NL00TEST0000000001";"16-03-2026";"EUR";"D";"27,50";"";"";"kosten";\n',
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -2750, "EUR")],
    ),
    (
        "an account number before the amount, and no header",
        "40010002000;ACME/RE 4711;14.03.2026;13.03.2026;+1650,00;EUR\n40010002000;Gebühr;16.03.2026;15.03.2026;-27,50;EUR\n",
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -2750, "EUR")],
    ),
    (
        "more texts than headings",
        "Kontonummer;Buchungsdatum;Waehrung;Betrag;Buchungstext;Umsatztext\n"
        '40010002;2026-03-14;EUR;1.650,00;"Gutschrift";ACME;"RE 4711";"REF: X1"\n40010002;2026-03-16;EUR;-27,50;"Gebühr";Konto;"März"\n',
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -2750, "EUR")],
    ),
    (
        "more headings than fields",
        "Data,Gavėjas,Paaiškinimai,Suma,Valiuta,D/K,Kodas,Dok. Nr.,Kliento kodas\n"
        "2026-03-14,ACME,4711,1650.00,EUR,K,MK,\n2026-03-16,BANK,fee,27.50,EUR,D,K,\n",
        {},
        [("2026-03-14", 165000, "EUR"), ("2026-03-16", -2750, "EUR")],
    ),
    (
        "days with the month's name first",
        "Completed Date ; Reference ; Paid Out (EUR) ; Paid In (EUR) ; Balance (EUR)\n"
        "Mar 8, 2026 ; ACME  ;  ; 1650.00 ; 1650.00\nMar 16, 2026 ; Fee  ; 27.50 ;  ; 1622.50\n",
        {},
        [("2026-03-08", 165000, "EUR"), ("2026-03-16", -2750, "EUR")],
    ),
    (
        "days without leading zeros, year first",
        "Date,Remarque,Montant,Devise\n2026/3/8,ACME,1650.00,EUR\n2026/3/16,frais,-27.50,EUR\n",
        {},
        [("2026-03-08", 165000, "EUR"), ("2026-03-16", -2750, "EUR")],
    ),
    (
        "rows of very different filling",
        "Buchungsdatum;Wertstellung;Betrag;Währung;Auftraggebername;Auftraggeber IBAN/Kto.Nr.;Auftraggeber BIC/BLZ;Text\n"
        "14.03.2026;14.03.2026;-27,50;EUR;;;;\n14.03.2026;14.03.2026;1650,00;EUR;ACME;AT61 1904 3002 3457 3201;BKAUATWW;RE 4711\n",
        {},
        [("2026-03-14", -2750, "EUR"), ("2026-03-14", 165000, "EUR")],
    ),
]
