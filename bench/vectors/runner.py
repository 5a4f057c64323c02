"""Compare what our functions answer with what a vector expects. An unknown category or key fails, never skips."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.vectors import collecting, interest_rules, mailing, measuring

Given = Mapping[str, Any]
Answer = Callable[["Case"], dict[str, Any]]


class Case(dict[str, Any]):
    """The `given` of a vector; notes which keys an answer looked at."""

    def __init__(self, given: Given, wanted: Given, others: Mapping[str, Any]) -> None:
        super().__init__(given)
        self.wanted, self.others, self.seen = wanted, others, set[str]()

    def __getitem__(self, key: str) -> Any:
        self.seen.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.seen.add(key)
        return super().get(key, default)

    def has(self, key: str) -> bool:
        """Whether the key is given; asking counts as having looked."""
        self.seen.add(key)
        return key in self


@dataclass(frozen=True, slots=True)
class Result:
    """One vector's id and what was wrong, "" if nothing."""

    id: str
    category: str
    failure: str


ANSWERS: dict[str, Answer] = {
    "amount": collecting.amount,
    "daycount": interest_rules.daycount,
    "fee": interest_rules.fee,
    "handoff": collecting.handoff,
    "idempotency": collecting.idempotency,
    "interest": interest_rules.interest,
    "level": collecting.level,
    "mail": mailing.mail,
    "metric": measuring.metric,
    "rounding": measuring.rounding,
    "send_window": mailing.send_window,
    "state": collecting.state,
    "stop": collecting.stop,
    "tolerance": measuring.tolerance,
}


def run_file(text: str) -> list[Result]:
    """Return one result per vector of a file of the shared form."""
    vectors = json.loads(text)["vectors"]
    by_id = {vector["id"]: vector for vector in vectors}
    return [Result(vector["id"], vector["category"], _failure(vector, by_id)) for vector in vectors]


def _failure(vector: Mapping[str, Any], by_id: Mapping[str, Any]) -> str:
    answer = ANSWERS.get(vector["category"])
    if answer is None:
        return f"unknown category {vector['category']!r}"
    case = Case(vector["given"], vector["expect"], by_id)
    try:
        got = answer(case)
    except Exception as error:  # noqa: BLE001 - a vector that breaks an answer has failed, and the others still run
        return f"{type(error).__name__}: {error}"
    unused = set(case) - case.seen
    if unused:
        return f"given {sorted(unused)} is not understood"
    return _difference(vector["expect"], got)


def _difference(expected: Given, got: Given) -> str:
    unknown = set(expected) - set(got)
    if unknown:
        return f"expect {sorted(unknown)} is not understood"
    wrong = [f"{key}: expected {expected[key]!r}, got {got[key]!r}" for key in expected if expected[key] != got[key]]
    return "; ".join(wrong)
