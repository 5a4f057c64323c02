"""What is thought of one deposit so far.

Room: pure.
"""

from dataclasses import dataclass, field

from matchers.base import Candidate
from matchers.clues import Clue


@dataclass(slots=True)
class Answer:
    """Explanations of one line, best first, with their raw chances. For returns, the position of the original."""

    clue: Clue
    candidates: list[Candidate] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    unlisted: float = 0.0
    plain: bool = False
    is_certain: bool = False
    is_suggested: bool = False  # nothing weighed was worth showing: the first one is only an idea
    stamp: int = -1  # what its customers' accounts looked like when it was explained
    twice: float = -60.0  # points for "an earlier payment a second time"
    customer: int = -1
    returns: int = -1
    returns_past: int = -1

    @property
    def is_return(self) -> bool:
        """Whether this line takes back an earlier one."""
        return self.returns >= 0 or self.returns_past >= 0
