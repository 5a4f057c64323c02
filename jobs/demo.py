"""`recon demo`: the main job on an invented month, twice, checked against the known answers.

The answers are read from their file only after the night has posted.

Room: shell.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.demo_story import Share
from jobs.demo_world import DemoFile, DemoWorld, Posted, answers_csv, demo_world, read_answers, wrong_posts
from jobs.import_command import import_file, import_history_files
from jobs.invocation import Invocation
from jobs.locked import locked_night
from jobs.nightly import run_night
from jobs.output import Output
from jobs.runner import database_url
from jobs.settings import load_settings
from recon.errors import Exit, UsageError
from recon.money import format_minor

if TYPE_CHECKING:
    from jobs.night import Night

MARK = ".recon-demo"  # only a folder that the demo made is made anew
ANSWERS = "known-answers.csv"
SETTINGS = """\
# The demo's settings; `recon init` writes a file with every option explained.
outbox = "outbox"

[[companies]]
code = "main"
name = "{company}"
currency = "USD"
address = ["1 Mill Lane", "Harrow Mill"]

[[bank_accounts]]
key = "harbor-usd"
currency = "USD"
number = "{usd}"

[[bank_accounts]]
key = "rheinwerk-eur"
currency = "EUR"
number = "{eur}"
profile = "{profile}"

[notices]
sender = "{company} <receivables@harrowmill.example.com>"
"""
OWN_FILES = """
Now with your own files:
  recon init
  recon import invoices YOUR-INVOICES.csv      (customers come along, or: recon import customers ...)
  recon nightly                                (after dropping statements into the inbox folder)
"""


def run_demo(invocation: Invocation, folder: Path) -> Exit:
    """Build the demo in the folder, run the night twice, print what happened and how much of it is wrong."""
    output, started = invocation.output, time.monotonic()
    world = demo_world()
    lay_out(world, folder)
    own = Invocation(folder / "recon.toml", Output(muted=True), world.as_of.isoformat())
    import_all(own, world, folder)
    first = _night(own)
    wrong, posted = check(own, folder / ANSWERS)
    second = _night(own)
    facts = _facts(first, second, wrong, posted, folder, time.monotonic() - started)
    code = Exit.OK if facts["wrong"] == 0 and facts["new_postings"] == 0 and facts["new_notices"] == 0 else Exit.FAILED
    return output.summary(_text(facts, first) + OWN_FILES, facts, code)


def lay_out(world: DemoWorld, folder: Path) -> None:
    """Write the world's files and settings into the folder, made anew. UsageError for a folder of somebody else."""
    from recon.store.upgrade import upgrade

    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise UsageError(f"{folder} is not empty and not a demo", "Name another folder with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "inbox").mkdir(parents=True)
    (folder / MARK).touch()
    for file in (world.customers, world.invoices, world.credits, world.history_statement, world.history_truth):
        (folder / file.name).write_bytes(file.content)
    (folder / world.profile.name).write_bytes(world.profile.content)
    (folder / ANSWERS).write_bytes(answers_csv(world.answers))
    for file in world.inbox:
        _drop(file, folder)
    settings = SETTINGS.format(
        company=world.company_name, usd=world.usd_account, eur=world.eur_account, profile=world.profile.name
    )
    (folder / "recon.toml").write_text(settings, encoding="utf-8")
    upgrade(database_url(load_settings(folder / "recon.toml")))


def import_all(invocation: Invocation, world: DemoWorld, folder: Path) -> None:
    """Import customers, invoices, credits and the reconciled past."""
    for kind, file in (("customers", world.customers), ("invoices", world.invoices), ("credits", world.credits)):
        import_file(invocation, kind, folder / file.name, "", None)
    import_history_files(invocation, folder / world.history_statement.name, folder / world.history_truth.name, "")


def check(invocation: Invocation, answers: Path) -> tuple[tuple[str, ...], int]:
    """Return the bank ids of posted lines that the answers contradict, and how many were posted."""
    from recon.store.outcomes import outcomes

    with invocation.store() as store, store.read() as connection:
        found = outcomes(connection)
    posted = {
        bank_id: Posted(tuple(Share(*share) for share in one.shares), one.set_aside, one.return_of)
        for bank_id, one in found.items()
    }
    known = read_answers(answers.read_bytes())
    own = {answer.bank_id for answer in known}
    inside = {bank_id: one for bank_id, one in posted.items() if bank_id in own}
    return wrong_posts(known, inside), len(inside)


def _drop(file: DemoFile, folder: Path) -> None:
    (folder / "inbox" / file.name).write_bytes(file.content)


def _night(invocation: Invocation) -> Night:
    with locked_night(invocation, "nightly") as night:
        run_night(night)
    return night


def _facts(
    first: Night, second: Night, wrong: tuple[str, ...], posted: int, folder: Path, seconds: float
) -> dict[str, Any]:
    report, again = first.facts["report"], second.facts["report"]
    return {
        "posted": _sum(report["placed"], ("apply", "on_account", "return")),
        "set_aside": _sum(report["placed"], ("set_aside",)),
        "queued": sum(one["items"] for one in report["waiting"] if one["kind"] == "deposit"),
        "wrong": len(wrong),
        "wrong_ids": list(wrong),
        "checked": posted,
        "balance": report["balance"],
        "notices": len(list((folder / "outbox").glob("*.eml"))),
        "new_postings": sum(one["deposits"] for one in again["placed"]),
        "new_notices": again["notices"].get("planned", 0) + again["notices"].get("tasks", 0),
        "seconds": round(seconds, 1),
    }


def _sum(placed: list[dict[str, Any]], kinds: tuple[str, ...]) -> dict[str, Any]:
    chosen = [one for one in placed if one["kind"] in kinds]
    return {"deposits": sum(one["deposits"] for one in chosen), "amounts": _amounts(chosen)}


def _amounts(chosen: list[dict[str, Any]]) -> dict[str, str]:
    from recon.money import POINT, parse_minor

    sums: dict[str, int] = {}
    for one in chosen:
        sums[one["currency"]] = sums.get(one["currency"], 0) + parse_minor(one["amount"], POINT, one["currency"])
    return {currency: format_minor(minor, currency) for currency, minor in sorted(sums.items())}


def _text(facts: dict[str, Any], first: Night) -> str:
    money = " + ".join(f"{amount} {currency}" for currency, amount in facts["posted"]["amounts"].items())
    proofs = [
        f"proof      {one['account']} {one['first_day']}..{one['last_day']}: {one['opening'] or 'previous'} +"
        f" {one['lines_sum']} = {one['closing']} {one['currency']}: {one['status']}"
        for one in first.facts["report"]["statements"]
    ]
    balances = [
        f"balance    {one['currency']}: bank {one['bank']} = applied {one['applied']} + on account {one['on_account']}"
        f" + unapplied {one['unapplied']} + set aside {one['set_aside']}; difference {one['difference']}"
        for one in facts["balance"]
    ]
    lines = [
        f"posted     {facts['posted']['deposits']} ({money})",
        f"queued     {facts['queued']} for a reviewer",
        f"set aside  {facts['set_aside']['deposits']}",
        f"wrong      {facts['wrong']} of {facts['checked']} against the known answers",
        *proofs,
        *balances,
        f"notices    {facts['notices']} written to the outbox folder as .eml",
        f"again      {facts['new_postings']} new postings, {facts['new_notices']} new notices",
        f"seconds    {facts['seconds']}",
    ]
    return "\n".join(lines) + "\n"
