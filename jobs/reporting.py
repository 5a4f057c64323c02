"""The report of the night: compiled from the books, kept in them, written to the folder, mailed to the team.

Room: shell.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jobs.output import problem_record
from recon.counted import counted
from recon.errors import Exit
from recon.money import format_minor
from recon.store import night_facts

if TYPE_CHECKING:
    from jobs.night import Night

SHOWN_KINDS = 20  # of problems, in the text
SHOWN_PROBLEMS = 1_000  # in the report's JSON; the count beside it is complete


def compile_report(night: Night) -> dict[str, Any]:
    """Return the report as plain values; money is decimal text."""
    with night.store.read() as connection:
        placed = night_facts.placed_by(connection, night.run_id)
        proofs = night_facts.statements_of(connection, night.run_id)
        balances = night_facts.balances(connection)
        waiting = night_facts.waiting(connection)
    night.counts["waiting_for_review"] = sum(one.count for one in waiting)
    if any(problem.quarantined for problem in night.problems):
        night.exit_code = max(night.exit_code, Exit.PARTIAL)
    return {
        "run": night.run_id,
        "as_of": night.as_of.isoformat(),
        "counts": dict(sorted(night.counts.items())),
        "placed": [_placed(one) for one in placed],
        "waiting": [_waiting(one) for one in waiting],
        "statements": [_proof(one) for one in proofs],
        "balance": [_balance(one) for one in balances],
        "matching": night.facts.get("matching", {"skipped": "nothing new since the last decisions"}),
        "notices": night.facts.get("notices", {}),
        "mail": night.facts.get("mail", ""),
        "problem_count": len(night.problems),
        "problems": [problem_record(problem) for problem in night.problems[:SHOWN_PROBLEMS]],
        "seconds": {name: round(spent, 3) for name, spent in night.seconds.items()},
        "exit": int(night.exit_code),
    }


def save(night: Night, report: dict[str, Any]) -> None:
    """Keep the report in the run's record, write it to the reports folder, and hand it to the team's outbox."""
    from jobs import notifying

    night.facts["report"] = report
    if not night.rehearsal:
        folder = night.settings.reports
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"night-{night.as_of}-run-{night.run_id}"
        (folder / f"{stem}.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (folder / f"{stem}.txt").write_text(report_text(report), encoding="utf-8")
        notifying.tell_team(night, report_text(report), report)


def report_text(report: dict[str, Any]) -> str:
    """Return the report for people."""
    counts = report["counts"]
    lines = [f"Night of {report['as_of']} (run {report['run']})"]
    lines.append(
        f"  read    {counted(counts.get('files_read', 0), 'file')} ({counts.get('files_known', 0)} known before),"
        f" {counted(counts.get('lines_new', 0), 'new line')} of {counts.get('lines_read', 0)}"
    )
    lines += [_statement_text(one) for one in report["statements"]]
    lines += [_placed_text(one) for one in report["placed"]] or ["  posted  0 new postings"]
    lines += [_waiting_text(one) for one in report["waiting"]] or ["  queue   nothing waits for review"]
    lines += [_balance_text(one) for one in report["balance"]]
    lines.append(_matching_text(report["matching"]))
    lines.append(f"  notices {notices_text(report['notices'], report.get('mail', ''))}")
    lines += _problem_texts(report["problems"])
    if report["problem_count"] > len(report["problems"]):
        lines.append(f"  ... {counted(report['problem_count'], 'problem')} in all")
    return "\n".join(lines) + "\n"


def _placed(one: night_facts.Placed) -> dict[str, Any]:
    amount = format_minor(one.amount_minor, one.currency)
    return {"company": one.company, "currency": one.currency, "kind": one.kind, "deposits": one.count, "amount": amount}


def _waiting(one: night_facts.Waiting) -> dict[str, Any]:
    amount = format_minor(one.amount_minor, one.currency)
    return {"kind": one.kind, "company": one.company, "currency": one.currency, "items": one.count, "amount": amount}


def _proof(one: night_facts.StatementProof) -> dict[str, Any]:
    return {
        "account": one.account,
        "currency": one.currency,
        "first_day": one.first_on,
        "last_day": one.last_on,
        "opening": _amount(one.opening_minor, one.currency),
        "lines_sum": format_minor(one.sum_minor, one.currency),
        "closing": _amount(one.closing_minor, one.currency),
        "lines": one.line_count,
        "new_lines": one.new_line_count,
        "status": one.proof,
        "reason": one.reason,
    }


def _balance(one: night_facts.Balance) -> dict[str, Any]:
    names = ("bank", "applied", "on_account", "unapplied", "set_aside", "other", "difference")
    amounts = {name: format_minor(getattr(one, f"{name}_minor"), one.currency) for name in names}
    return {"company": one.company, "currency": one.currency, **amounts}


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else format_minor(minor, currency)


def _statement_text(one: dict[str, Any]) -> str:
    proof = f"{one['opening'] or '?'} + {one['lines_sum']} = {one['closing'] or '?'} {one['currency']}"
    return f"  proof   {one['account']} {one['first_day']}..{one['last_day']}: {proof}: {one['status']}"


def _placed_text(one: dict[str, Any]) -> str:
    verb = {"set_aside": "aside ", "return": "return"}.get(one["kind"], "posted")
    deposits, kind = counted(one["deposits"], "deposit"), one["kind"].replace("_", " ")
    return f"  {verb}  {deposits}, {one['amount']} {one['currency']} ({kind})"


def _waiting_text(one: dict[str, Any]) -> str:
    items = counted(one["items"], f"{one['kind']} item")
    return f"  queue   {items} waiting for review, {one['amount']} {one['currency']}"


def _balance_text(one: dict[str, Any]) -> str:
    parts = " + ".join(
        f"{name.replace('_', ' ')} {one[name]}" for name in ("applied", "on_account", "unapplied", "set_aside")
    )
    other = f" + other {one['other']}" if one["other"].strip("-0.") else ""
    equation = f"bank {one['bank']} = {parts}{other}; difference {one['difference']}"
    return f"  balance {one['company']} {one['currency']}: {equation}"


def _problem_texts(problems: list[dict[str, Any]]) -> list[str]:
    """Say each kind of problem once, with the first place and how many more there are: a night may have thousands."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for one in problems:
        kinds.setdefault((one["what"], one["remedy"]), []).append(one["where"])
    lines = []
    for (what, remedy), places in kinds.items():
        more = f" (and {len(places) - 1} more like it)" if len(places) > 1 else ""
        lines.append(f"  problem {places[0]}: {what}. {remedy}{more}")
    if len(lines) > SHOWN_KINDS:
        lines[SHOWN_KINDS:] = [f"  ... and {len(lines) - SHOWN_KINDS} more kinds of problem: see the JSON report"]
    return lines


def _matching_text(matching: dict[str, Any]) -> str:
    if "skipped" in matching:
        return f"  match   skipped: {matching['skipped']}"
    return (
        f"  match   {counted(matching['deposits'], 'deposit')}; expected wrong posts {matching['expected_wrong']}"
        f" (budget {matching['error_budget']} of posts); model {matching['model']}"
        f"{_canaries_text(matching['canaries'])}"
    )


def _canaries_text(canaries: dict[str, Any]) -> str:
    if not canaries["asked"]:
        return ""
    held = f"; POSTING HELD BACK: {', '.join(canaries['held_back'])}" if canaries["held_back"] else ""
    return f"; canaries {canaries['asked']} asked, {canaries['posted_wrongly']} wrong{held}"


def notices_text(notices: dict[str, Any], mail: str) -> str:
    """Say what became of the notices; nobody should read `sent` where nothing has left.

    >>> notices_text({"planned": 1, "tasks": 1, "sent": 1}, "folder")
    '1 planned, 1 task, 1 written to the outbox folder'
    """
    words = {"sent": _SENT.get(mail, "sent")}
    told = (
        counted(count, "task") if name == "tasks" else f"{count} {words.get(name, name)}"
        for name, count in notices.items()
    )
    return ", ".join(told) or "none planned"


_SENT = {"folder": "written to the outbox folder", "redirected": "sent to the trial address"}
