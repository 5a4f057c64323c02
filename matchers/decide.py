"""The one place that decides: all explanations of all deposits settled together, then a threshold that obeys the
budget.

No part of an invoice can be paid twice, so the explanations of deposits that want the same invoices are weighed
jointly:
the chance of one is the summed weight of all consistent worlds it stands in. Small groups are enumerated completely.

>>> world = [Option(-1.0, ((7, 100),)), Option(-5.0, ())], [Option(-1.5, ((7, 100),)), Option(-6.0, ())]
>>> chances, gap = settle(list(world), {7: 100})
>>> round(chances[0][0], 3), round(chances[1][0], 3), gap
(0.375, 0.618, 0.0)

Room: pure.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

MOST_WORLDS = 3_000
WORTH_WEIGHING = 9.0  # points below the best at which an option cannot matter


@dataclass(frozen=True, slots=True)
class Option:
    """One explanation of one deposit: its points and what it takes of which open item. No takings: none of the
    listed.
    """

    score: float
    takes: tuple[tuple[int, int], ...]


def settle(options: Sequence[Sequence[Option]], left_minor: dict[int, int]) -> tuple[list[list[float]], float]:
    """Return the chance of every option of every deposit, and the points possibly lost where not all was enumerated.

    The last option of a deposit is "something else", which takes nothing. Chances of a deposit sum to one.
    """
    chances: list[list[float]] = [[] for _ in options]
    gap = 0.0
    for group in _components(options):
        worlds = _worlds([options[i] for i in group], left_minor)
        if worlds is None:
            gap += _settle_greedily(group, options, chances)
        else:
            for place, deposit in enumerate(group):
                chances[deposit] = worlds[place]
    return chances, gap


def _components(options: Sequence[Sequence[Option]]) -> list[list[int]]:
    parent = list(range(len(options)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    owner: dict[int, int] = {}
    for deposit, choices in enumerate(options):
        for option in choices:
            for item, _ in option.takes:
                parent[root(deposit)] = root(owner.setdefault(item, deposit))
    groups: dict[int, list[int]] = defaultdict(list)
    for deposit in range(len(options)):
        groups[root(deposit)].append(deposit)
    return list(groups.values())


def _worlds(choices: Sequence[Sequence[Option]], left_minor: dict[int, int]) -> list[list[float]] | None:
    """Return the chances by complete enumeration, or None when there are too many worlds."""
    tops = [max(option.score for option in each) for each in choices]
    kept = [
        [i for i, option in enumerate(each) if option.score >= top - WORTH_WEIGHING or i == len(each) - 1]
        for each, top in zip(choices, tops, strict=True)
    ]
    if math.prod(len(each) for each in kept) > MOST_WORLDS:
        return None
    weights = [[0.0] * len(each) for each in choices]
    taken: dict[int, int] = defaultdict(int)
    picks: list[int] = []

    def visit(depth: int, weight: float) -> None:
        if depth == len(choices):
            for place, pick in enumerate(picks):
                weights[place][pick] += weight
            return
        for pick in kept[depth]:
            option = choices[depth][pick]
            if all(taken[item] + amount <= left_minor.get(item, 0) for item, amount in option.takes if amount > 0):
                for item, amount in option.takes:
                    taken[item] += amount
                picks.append(pick)
                visit(depth + 1, weight * math.exp(option.score - tops[depth]))
                picks.pop()
                for item, amount in option.takes:
                    taken[item] -= amount

    visit(0, 1.0)
    return [_share(each) for each in weights]


def _share(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [weight / total for weight in weights] if total > 0 else [0.0] * (len(weights) - 1) + [1.0]


def _settle_greedily(group: Sequence[int], options: Sequence[Sequence[Option]], chances: list[list[float]]) -> float:
    """Settle a group too large to enumerate: each against what the others probably take. Returns the bound of the
    loss.
    """
    wanted: dict[tuple[int, int], float] = {}
    alone = {i: _share(_weights(options[i])) for i in group}
    for i in group:
        for option, chance in zip(options[i], alone[i], strict=True):
            for item, _ in option.takes:
                wanted[i, item] = wanted.get((i, item), 0.0) + chance
    by_item: dict[int, list[int]] = defaultdict(list)
    for i, item in wanted:
        by_item[item].append(i)
    lost = 0.0
    for i in group:
        adjusted = []
        for option in options[i]:
            rivals = [wanted[j, item] for item, _ in option.takes for j in by_item[item] if j != i]
            adjusted.append(option.score + sum(math.log(max(1e-4, 1.0 - each)) for each in rivals))
        top = max(adjusted)
        chances[i] = _share([math.exp(score - top) for score in adjusted])
        lost += max(option.score for option in options[i]) - options[i][adjusted.index(top)].score
    return lost


def _weights(choices: Sequence[Option]) -> list[float]:
    top = max(option.score for option in choices)
    return [math.exp(option.score - top) for option in choices]
