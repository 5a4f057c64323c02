"""`recon model`: the model that says how sure matching may be, and whether today's deposits still look like its own.

Room: shell.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from matchers.drift import Drift, drift_of
from matchers.learn import explain_model
from matchers.model import loads
from matchers.shipped import shipped_model
from recon.errors import Exit
from recon.store import models
from recon.store.confidences import confidences
from recon.store.frames import PAST_DAYS

if TYPE_CHECKING:
    from jobs.invocation import Invocation


def show_model(invocation: Invocation, days: int) -> Exit:
    """Print the model in use with its table, the others, and the shares of deposits by confidence."""
    late, since = invocation.as_of - timedelta(days=days), invocation.as_of - timedelta(days=PAST_DAYS)
    with invocation.store() as store, store.read() as connection:
        known = models.list_models(connection)
        used = models.active_model(connection)
        before, recent = confidences(connection, since, late)
    model = loads(used.weights) if used else shipped_model()
    output = invocation.output
    for text in explain_model(model):
        output.line(f"  {text}")
    for each in known:
        record = {"type": "model", "model": each.version, "state": each.state, "trained_at": each.trained_at}
        output.line(f"  {each.state:<10} {each.version}  of {each.trained_at[:10]}", record)
    drift = drift_of(model, before, recent)
    _tell_bins(invocation, drift, days)
    facts = {
        "model": model.version, "shipped": used is None, "deposits_before": len(before), "deposits_late": len(recent),
        "drift": drift.verdict, "index_to_before": _figure(drift.from_before),
        "index_to_training": _figure(drift.from_training),
    }  # fmt: skip
    return output.summary(f"model {model.version}; {_words(drift)}", facts)


def _tell_bins(invocation: Invocation, drift: Drift, days: int) -> None:
    invocation.output.line(f"  confidence from    training    before   last {days} days")
    wholes = [max(1, sum(getattr(each, name) for each in drift.bins)) for name in ("trained", "before", "recent")]
    for each in drift.bins:
        counts = each.trained, each.before, each.recent
        trained, before, recent = (count / whole for count, whole in zip(counts, wholes, strict=True))
        text = f"  {each.low:15.4f} {trained:10.1%} {before:9.1%} {recent:13.1%}"
        record = {"type": "confidence", "from": each.low, "training": round(trained, 6), "before": round(before, 6),
                  "late": round(recent, 6)}  # fmt: skip
        invocation.output.line(text, record)


def _words(drift: Drift) -> str:
    if drift.from_before is None:
        return "too few deposits to tell a drift"
    words = {"stable": "deposits look as before", "moving": "deposits begin to look otherwise",
             "drifted": "deposits no longer look as before: `recon train` learns from them"}  # fmt: skip
    return f"{words[drift.verdict]} (stability index {drift.from_before:.3f})"


def _figure(index: float | None) -> str | None:
    return None if index is None else f"{index:.4f}"
