"""`recon train`: learn from the books' own past how sure matching may be, judge it on deposits it has not seen, use it.

Room: shell.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from jobs.locked import locked_night
from matchers.learn import Comparison, Outcomes, explain_model, learn_from_outcomes, outcomes_of, replay
from matchers.model import Model, dumps, loads
from matchers.shipped import shipped_model
from recon.counted import counted
from recon.errors import Exit, NotAllowed, UsageError
from recon.store import models
from recon.store.frames import load_customers, load_partition

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.invocation import Invocation


def train(invocation: Invocation, use: str, *, activate: bool) -> Exit:
    """Learn a candidate and compare it; with `activate` it is used from now on if it is better. FAILED if it is not."""
    if use:
        if activate:
            raise UsageError("--use names a model, --activate takes the new one", "Say one of them")
        return _use(invocation, use)
    with invocation.store() as store, store.read() as connection:
        present = models.active_model(connection)
        outcomes = _outcomes(connection, invocation)
    if not outcomes:
        raise NotAllowed("there is no past to learn from", "Reconcile some weeks first, or `recon import history`")
    now = loads(present.weights) if present else shipped_model()
    # Always upon the shipped counts: upon the present model, the same past would be counted twice.
    learned, comparison = learn_from_outcomes(outcomes, shipped_model(), "", now)
    model = replace(learned, version=f"{invocation.as_of:%Y%m%d}-{sha256(dumps(learned).encode()).hexdigest()[:8]}")
    takes_over = activate and comparison.is_better
    with locked_night(invocation, "train") as night, night.store.write() as connection:
        models.save_candidate(connection, model.version, dumps(model), _metrics(now, comparison), invocation.author)
        if takes_over:
            models.use_model(connection, model.version, invocation.author)
    return _tell(invocation, model, now, comparison, activate=activate)


def _use(invocation: Invocation, version: str) -> Exit:
    with locked_night(invocation, "train") as night, night.store.write() as connection:
        models.use_model(connection, version, invocation.author)
    verb = "would be" if invocation.dry_run else "is"
    return invocation.output.summary(f"model {version} {verb} used from now on", {"model": version, "active": True})


def _outcomes(connection: Connection, invocation: Invocation) -> Outcomes:
    """Return what matching says of every past deposit with a known answer, partition by partition."""
    found: Outcomes = []
    for company, currency in models.learnt_scopes(connection):
        customers = load_customers(connection, company)
        found += outcomes_of(replay(load_partition(connection, company, currency, invocation.as_of, customers)))
    return found


def _metrics(now: Model, comparison: Comparison) -> dict[str, object]:
    return {
        "held_out": comparison.deposits, "compared_with": now.version, "old_loss": f"{comparison.old_loss:.3g}",
        "new_loss": f"{comparison.new_loss:.3g}", "is_better": comparison.is_better,
    }  # fmt: skip


def _tell(invocation: Invocation, model: Model, now: Model, comparison: Comparison, *, activate: bool) -> Exit:
    for line in explain_model(model):
        invocation.output.line(f"  {line}")
    facts = {"model": model.version, "active": activate and comparison.is_better, **_metrics(now, comparison)}
    text = (
        f"model {model.version}: loss {comparison.new_loss:.3g} on {counted(comparison.deposits, 'deposit')} held out,"
        f" {now.version} {comparison.old_loss:.3g}"
    )
    if activate and not comparison.is_better:
        why = "it is not better" if comparison.deposits >= 200 else "200 deposits held out are needed to judge"
        return invocation.output.summary(f"{text}; {why}: kept as a candidate", facts, Exit.FAILED)
    state = "used from now on" if activate else f"kept as a candidate; `recon train --use {model.version}` takes it"
    return invocation.output.summary(f"{text}; {state}", facts)
