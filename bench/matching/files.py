"""Write a world as the files `recon match` reads, with the truth beside them.

python -m bench.matching.files --seed 1 --invoices 5000 --difficulty 0.5 --out FOLDER
"""

import argparse
import csv
from pathlib import Path

from bench.matching.world import World, make_world

HEADERS = {
    "customers": "id,name,aliases,currency",
    "invoices": "id,customer_id,number,po_number,issue_date,due_date,currency,amount,open_amount",
    "statement": "fitid,date,amount,currency,type,checknum,payee,memo",
    "history_statement": "fitid,date,amount,currency,type,checknum,payee,memo",
    "history_truth": "fitid,invoice_number,allocated_amount,customer_id",
    "truth": "fitid,invoice_number,allocated_amount,customer_id,free_placement",
    "kinds": "fitid,kind,amount",
}


def write_world(world: World, folder: Path) -> None:
    """Write one CSV per part of the world."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, header in HEADERS.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header.split(","))
            writer.writerows(getattr(world, name))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--invoices", type=int, default=5_000)
    parser.add_argument("--difficulty", type=float, default=0.5)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    write_world(make_world(given.seed, given.invoices, given.difficulty), given.out)
