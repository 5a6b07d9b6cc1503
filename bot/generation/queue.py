"""Pure: whose turn it is. The server with the fewest running tasks comes first, of it the member with the fewest, then
the oldest task. What somebody asks for in a direct conversation counts as a server of their own.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Callable

from bot.models import Model, OpenTask

Turn = tuple[int, ...]
_SLACK = 32
"""So many outdated entries a heap may hold beside as many as it has live ones."""


class _Turns:
    """A heap of keys whose turns change; an entry that is out of date is passed over when it comes up."""

    __slots__ = ("_heap", "_now")

    def __init__(self) -> None:
        self._now: dict[int, Turn] = {}
        self._heap: list[tuple[Turn, int]] = []

    def set(self, key: int, turn: Turn | None) -> None:
        """Give a key its turn, or take it out."""
        if turn is None:
            self._now.pop(key, None)
        elif self._now.get(key) != turn:
            self._now[key] = turn
            heapq.heappush(self._heap, (turn, key))
        if len(self._heap) > 2 * len(self._now) + _SLACK:
            self._heap = [(each, one) for one, each in self._now.items()]
            heapq.heapify(self._heap)

    def first(self) -> tuple[Turn, int] | None:
        """The next turn and its key; None while there is none."""
        while self._heap and self._now.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0] if self._heap else None


class _Tally:
    """How many are at each number, and how many at most at one: both logarithmic (a Fenwick tree)."""

    __slots__ = ("_sums",)

    def __init__(self) -> None:
        self._sums = [0] * 9  # from 1; its length less one is always a power of two

    def add(self, number: int, count: int) -> None:
        """So many more are at this number."""
        while number + 1 >= len(self._sums):
            size = len(self._sums) - 1
            self._sums += [0] * (size - 1) + [self._sums[size]]
        at = number + 1
        while at < len(self._sums):
            self._sums[at] += count
            at += at & -at

    def up_to(self, number: int) -> int:
        """How many are at this number or below."""
        at, found = min(number + 1, len(self._sums) - 1), 0
        while at > 0:
            found += self._sums[at]
            at -= at & -at
        return found


class _Line:
    """What stands in one line, for the reckoning of places: the first waiting has as its number how many run."""

    __slots__ = ("running", "waiting")

    def __init__(self) -> None:
        self.running = self.waiting = 0

    def change(self, above: _Tally, *, waiting: int = 0, running: int = 0) -> None:
        """One more or less waits or runs; ``above`` is where this line's numbers are counted."""
        if waiting:
            above.add(self.running + self.waiting - (waiting < 0), waiting)
            self.waiting += waiting
        if running and self.waiting:
            first = self.running - (running < 0)
            above.add(first, -running)
            above.add(first + self.waiting, running)
        self.running += running

    @property
    def idle(self) -> bool:
        return not self.waiting and not self.running


class _Server(_Line):
    """A server's line; ``tally`` has its members' waiting tasks by their numbers."""

    __slots__ = ("tally",)

    def __init__(self) -> None:
        super().__init__()
        self.tally = _Tally()


class _Lane:
    """The waiting tasks that the same providers may take: either all of them can begin now, or none."""

    def __init__(self) -> None:
        self.servers = _Turns()
        self._members: dict[int, _Turns] = {}
        self._tasks: dict[tuple[int, int], list[OpenTask]] = {}

    def put(self, server: int, task: OpenTask) -> None:
        insort(self._tasks.setdefault((server, task.member_id), []), task, key=lambda one: one.id)

    def head(self, server: int) -> OpenTask | None:
        """The task whose turn it is of this server's."""
        first = self._members[server].first() if server in self._members else None
        return None if first is None else self._tasks[server, first[1]][0]

    def remove(self, server: int, task: OpenTask) -> None:
        tasks = self._tasks.get((server, task.member_id), [])
        tasks[:] = [one for one in tasks if one.id != task.id]
        if not tasks:
            self._tasks.pop((server, task.member_id), None)

    def refresh(self, server: int, member: int, server_runs: int, member_runs: int) -> None:
        """Reckon the turns anew, after anything of this member's has changed."""
        tasks, members = self._tasks.get((server, member)), self._members.setdefault(server, _Turns())
        members.set(member, (member_runs, tasks[0].id) if tasks else None)
        first = members.first()
        self.servers.set(server, None if first is None else (server_runs, *first[0]))
        if first is None:
            del self._members[server]


class FairQueue:
    """Waiting tasks. Taking the next is logarithmic in how many servers and members wait."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[tuple[str, ...], Model], _Lane] = {}
        self._jobs: dict[int, list[OpenTask]] = {}
        self._servers: dict[int, _Server] = {}
        self._members: dict[tuple[int, int], _Line] = {}
        self._tally = _Tally()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def oldest(self) -> int | None:
        """When the oldest waiting task was asked for (epoch ms); looks at every waiting job."""
        return min((tasks[0].created_at for tasks in self._jobs.values()), default=None)

    def before(self, guild_id: int | None, member_id: int, count: int = 1) -> int:
        """How many tasks would be taken before the last of so many new ones of this member, if nothing ended meanwhile.

        The member's next turn comes when everybody else in the server has as many running as they would have, and the
        server's when every other server has. Where servers are equal then, it may be one a server less.
        """
        server = _server(guild_id, member_id)
        line, own = self._servers.get(server), self._members.get((server, member_id))
        here = count - 1
        if line is None:
            return here + self._tally.up_to(here)
        here += line.tally.up_to((own.running + own.waiting if own else 0) + count - 1)
        level = line.running + here  # the number that the new task would have in its server's line
        return here + self._tally.up_to(level) - min(line.waiting, here + 1)

    def put(self, task: OpenTask) -> None:
        """Add a task, unless it waits already: of one just accepted, what the rows say may have been read before."""
        if any(one.id == task.id for one in self._jobs.get(task.job_id, ())):
            return
        server = _server(task.guild_id, task.member_id)
        self._lanes.setdefault((task.candidates, task.model), _Lane()).put(server, task)
        self._jobs.setdefault(task.job_id, []).append(task)
        self._change(task, waiting=1)

    def drop_job(self, job_id: int) -> None:
        """Forget a job's waiting tasks."""
        for task in list(self._jobs.get(job_id, ())):
            self._remove(task)

    def take(self, may_run: Callable[[OpenTask], bool]) -> OpenTask | None:
        """The next task that may run; it is asked of one task for all that the same providers may take."""
        found: tuple[Turn, OpenTask] | None = None
        for lane in self._lanes.values():
            first = lane.servers.first()
            head = None if first is None else lane.head(first[1])
            if first and head and (found is None or first[0] < found[0]) and may_run(head):
                found = first[0], head
        if found is None:
            return None
        self._remove(found[1])
        return found[1]

    def started(self, task: OpenTask) -> None:
        """A task runs now."""
        self._change(task, running=1)

    def ended(self, task: OpenTask) -> None:
        """A task runs no more."""
        self._change(task, running=-1)

    def _remove(self, task: OpenTask) -> None:
        left = self._jobs[task.job_id]
        left.remove(task)
        if not left:
            del self._jobs[task.job_id]
        self._lanes[task.candidates, task.model].remove(_server(task.guild_id, task.member_id), task)
        self._change(task, waiting=-1)

    def _change(self, task: OpenTask, *, waiting: int = 0, running: int = 0) -> None:
        server, member = _server(task.guild_id, task.member_id), task.member_id
        whole = self._servers.setdefault(server, _Server())
        own = self._members.setdefault((server, member), _Line())
        own.change(whole.tally, waiting=waiting, running=running)
        whole.change(self._tally, waiting=waiting, running=running)
        self._size += waiting
        for key, lane in list(self._lanes.items()):
            lane.refresh(server, member, whole.running, own.running)
            if lane.servers.first() is None:
                del self._lanes[key]
        if own.idle:
            del self._members[server, member]
        if whole.idle:
            del self._servers[server]


def _server(guild_id: int | None, member_id: int) -> int:
    """The line that somebody stands in: a server's, or in a direct conversation one of their own."""
    return -member_id if guild_id is None else guild_id
