"""`recon explain D12 --counterfactual` and `--change`: what would have decided otherwise, asked again of the matcher.

Nothing is written: the question is put together from the books, changed in memory and matched again.

Room: shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jobs.deciding import match_settings
from matchers.change import Change, Question, read_change
from matchers.counterfactual import Flip, Verdict, ask, ask_changed, find_flips, narrowed
from matchers.model import Model, loads
from recon.errors import Exit, UsageError
from recon.model import Action
from recon.money import format_minor
from recon.store.asked import load_asked
from recon.store.models import active_model
from recon.store.subjects import Subject, line_of_subject

if TYPE_CHECKING:
    from jobs.invocation import Invocation

WORDS = {Action.POST: "posted", Action.REVIEW: "queued", Action.SET_ASIDE: "set aside"}


def explain_changes(invocation: Invocation, subject: str, written: Sequence[str], *, search: bool) -> Exit:
    """Print what flips the decision on a deposit, or with changes what is decided when they are so."""
    if search and written:
        raise UsageError("--counterfactual looks for changes, --change applies them", "Say one of them")
    changes = [read_change(each) for each in written]
    question, model = _question(invocation, subject)
    with invocation.output.progress("asking again"):
        question = narrowed(question, model)
    if changes:
        return _replay(invocation, subject, question, changes, model)
    return _search(invocation, subject, question, model)


def _question(invocation: Invocation, subject: str) -> tuple[Question, Model | None]:
    with invocation.store() as store, store.read() as connection:
        line_id = line_of_subject(connection, Subject.parse(subject))
        asked = load_asked(connection, line_id, invocation.as_of)
        used = active_model(connection)
    settings = match_settings(invocation.settings, asked.partition.currency)
    return Question(asked.partition, settings, asked.position), loads(used.weights) if used else None


def _search(invocation: Invocation, subject: str, question: Question, model: Model | None) -> Exit:
    output, currency = invocation.output, question.partition.currency
    with output.progress("asking again"):
        found = find_flips(question, model)
    output.line(f"{subject} is {_told(found.verdict, currency)}", _record(found.verdict, currency, ()))
    for flip in found.flips:
        output.line(_flip_text(flip, currency), _record(flip.verdict, currency, flip.changes))
    if found.flips:
        again = f"recon explain {subject} " + " ".join(f"--change '{each}'" for each in found.flips[0].changes)
        text = f"the smallest change that flips it, asked again: {again}"
    else:
        again, text = "", f"none of {found.asked} changes flips it"
    facts = {"subject": subject, "flips": len(found.flips), "asked": found.asked, "again": again}
    return output.summary(text, facts)


def _replay(
    invocation: Invocation, subject: str, question: Question, changes: Sequence[Change], model: Model | None
) -> Exit:
    currency = question.partition.currency
    before, after = ask(question, model), ask_changed(question, changes, model)
    is_flipped = before.is_flipped(after)
    output = invocation.output
    output.line(f"{subject} is {_told(before, currency)}", _record(before, currency, ()))
    output.line(_flip_text(Flip(tuple(changes), after), currency), _record(after, currency, changes))
    text = "the decision flips" if is_flipped else "the decision stays"
    return output.summary(text, {"subject": subject, "flipped": is_flipped})


def _flip_text(flip: Flip, currency: str) -> str:
    changes = " and ".join(_words(change, currency) for change in flip.changes)
    written = " ".join(str(change) for change in flip.changes)
    return f"  if {changes}: {_told(flip.verdict, currency)}\n      {written}"


SENTENCES = {
    "name": "the bank text named {}",
    "payer": "the payer's text and account were known as {}'s",
    "from": "the bank named {} as the payer",
    "close": "{} were not open",
    "gone": "{} were not there",
    "proved": "the statement proved and nobody had taken the line by hand",
    "unname": "the bank text did not name {}",
    "unpayer": "the line said nothing of its payer",
    "twin": "another open item equal to {} existed",
    "cap": "the cap were {}",
    "risk": "the cap on the amount at risk were {}",
    "budget": "the error budget were {}",
}


def _words(change: Change, currency: str) -> str:
    if change.kind == "amount":
        more = "less" if change.value.startswith("-") else "more"
        return f"the amount were {change.value.lstrip('+-')} {currency} {more}"
    return SENTENCES[change.kind].format(change.value)


def _told(verdict: Verdict, currency: str) -> str:
    parts = [f"{label.rpartition('@')[0] or 'on account'} {format_minor(minor, currency)}"
             for label, minor in verdict.settles]  # fmt: skip
    share = f"{verdict.confidence * 100:.1f} %"
    what = f"{verdict.kind.replace('_', ' ')}: {'; '.join(parts)}" if parts else verdict.kind.replace("_", " ")
    return f"{WORDS[verdict.action]} ({what}; {share})"


def _record(verdict: Verdict, currency: str, changes: Sequence[Change]) -> dict[str, Any]:
    return {
        "type": "verdict", "changes": [str(change) for change in changes], "action": verdict.action.value,
        "kind": verdict.kind, "confidence": round(verdict.confidence, 6),
        "settles": [{"item": label, "amount": format_minor(minor, currency)} for label, minor in verdict.settles],
    }  # fmt: skip
