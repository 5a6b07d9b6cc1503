"""Pure: whose turn it is. The member with the fewest running tasks comes first, then the oldest request."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable

from bot.models import OpenTask


class FairQueue:
    """Waiting tasks. Taking the next is logarithmic in the number of members, however many tasks wait."""

    def __init__(self) -> None:
        self._waiting: dict[int, deque[OpenTask]] = {}
        self._running: Counter[int] = Counter()
        self._turns: list[tuple[int, int, int]] = []  # (running, id of the first task, member); may be stale
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def before(self, member_id: int) -> int:
        """How many waiting tasks would be taken before a new one of this member, if nothing ended meanwhile.

        The member's next turn comes when everybody else has as many running as they would have.
        """
        own = len(self._waiting.get(member_id, ()))
        level = self._running[member_id] + own
        others = 0
        for member, line in self._waiting.items():  # a plain loop: of a crowd, everybody who asks goes through it
            turns = level + 1 - (self._running.get(member, 0))
            if turns > 0 and member != member_id:
                others += min(len(line), turns)
        return own + others

    def put(self, task: OpenTask) -> None:
        """Add a task at its member's end."""
        line = self._waiting.setdefault(task.member_id, deque())
        line.append(task)
        self._size += 1
        if len(line) == 1:
            self._turn(task.member_id)

    def drop_job(self, job_id: int) -> None:
        """Forget a job's waiting tasks."""
        for member, line in list(self._waiting.items()):
            kept = deque(task for task in line if task.job_id != job_id)
            if len(kept) != len(line):
                self._size -= len(line) - len(kept)
                self._replace(member, kept)

    def take(self, may_run: Callable[[OpenTask], bool]) -> OpenTask | None:
        """The next task that may run; those before it that may not keep their turn."""
        passed: list[tuple[int, int, int]] = []
        found: OpenTask | None = None
        while self._turns and found is None:
            turn = heapq.heappop(self._turns)
            member = turn[2]
            line = self._waiting.get(member)
            if not line or turn[:2] != (self._running[member], line[0].id):
                continue  # stale: a newer turn stands further down
            if not may_run(line[0]):
                passed.append(turn)
                continue
            found = line.popleft()
            self._size -= 1
            self._replace(member, line)
        for turn in passed:
            heapq.heappush(self._turns, turn)
        return found

    def started(self, member_id: int) -> None:
        """A task of the member runs now."""
        self._running[member_id] += 1
        self._turn(member_id)

    def ended(self, member_id: int) -> None:
        """A task of the member runs no more."""
        self._running[member_id] -= 1
        if not self._running[member_id]:
            del self._running[member_id]
        self._turn(member_id)

    def _replace(self, member: int, line: deque[OpenTask]) -> None:
        if line:
            self._waiting[member] = line
            self._turn(member)
        else:
            self._waiting.pop(member, None)

    def _turn(self, member: int) -> None:
        line = self._waiting.get(member)
        if line:
            heapq.heappush(self._turns, (self._running[member], line[0].id, member))
