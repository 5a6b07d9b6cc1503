"""Whether what happened in a world may happen: rules over its history, each a function of its own.

Independent of the bot on purpose: it imports nothing of it, and reckons everything anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

from tests.chaos.history import Card, Change, Entry, History, Job, Order, Phase, Task

DAY_MS = 24 * 60 * 60 * 1000
ENDED = frozenset({"done", "failed", "cancelled"})
TASK_ENDED = frozenset({"made", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken, and by what."""

    rule: str
    words: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.words}"


def check(history: History, without: frozenset[str] = frozenset()) -> list[Violation]:
    """Every violation in a world that is at rest; ``without`` are names of rules that are left out."""
    rules = [(name, rule) for name, rule in RULES.items() if name not in without]
    return [Violation(name, words) for name, rule in rules for words in rule(history)]


def every_job_has_ended(history: History) -> Iterator[str]:
    for job in history.jobs:
        if job.state not in ENDED or job.finished_at is None:
            yield f"{_name(job)} is {job.state}, finished at {job.finished_at}"
        if job.id in history.tokens and job.state in ENDED:
            yield f"{_name(job)} still has its interaction's token"
    codes = {job.id: _name(job) for job in history.jobs}
    for task in history.tasks:
        if task.state not in TASK_ENDED:
            yield f"{codes.get(task.job_id)} task {task.number} is {task.state}"
    for job_id in history.kept:
        yield f"{codes.get(job_id)}: its bytes are still kept"
    for name in history.files:
        yield f"{name} was never written down"


def a_job_is_what_its_tasks_are(history: History) -> Iterator[str]:
    tasks = _tasks(history)
    for job in history.jobs:
        made = sum(task.state == "made" for task in tasks[job.id])
        if len(tasks[job.id]) != job.image_count:
            yield f"{_name(job)}: {len(tasks[job.id])} tasks for {job.image_count} pictures"
        if job.state == "done" and not made:
            yield f"{_name(job)} is done without a picture"
        if job.state == "failed" and made and job.failure != "undeliverable":
            yield f"{_name(job)} has failed with {made} pictures made"


def every_message_says_how_its_job_ended(history: History) -> Iterator[str]:
    cards = {card.message_id: card for card in history.cards}
    tasks = _tasks(history)
    for job in history.jobs:
        card = cards.get(job.message_id or 0)
        if card is not None:
            yield from _card_is_right(job, card, sum(task.state == "made" for task in tasks[job.id]))
        elif job.state == "done" and not _was_deleted(history, job):
            yield f"{_name(job)} is done, and no message shows it"


def _card_is_right(job: Job, card: Card, made: int) -> Iterator[str]:
    wanted = {"done": Phase.PICTURES, "failed": Phase.FAILED, "cancelled": Phase.CANCELLED}.get(job.state)
    if wanted is not None and card.phase is not wanted:
        yield f"{_name(job)} is {job.state}, its message says: {card.phase}"
    shown = sum(one.code == job.code for one in card.pictures)
    if job.state == "done" and shown != made:
        yield f"{_name(job)}: {made} pictures made, {shown} shown"


def _was_deleted(history: History, job: Job) -> bool:
    """Whether somebody deleted the message that showed it."""
    return any(change.message_id in history.deleted and change.code == job.code for change in history.changes)


def nothing_waits_for_ever(history: History) -> Iterator[str]:
    for card in history.cards:
        if card.phase is Phase.WAITING:
            yield f"message {card.message_id} still waits: {card.text[:80]!r}"
        if card.unanswered:
            yield f"message {card.message_id} still thinks"


def each_end_is_shown_once(history: History) -> Iterator[str]:
    last: dict[int, Change] = {}
    for change in history.changes:
        before = last.get(change.message_id)
        last[change.message_id] = change
        if before is None or before.phase in {change.phase, Phase.WAITING, Phase.OTHER}:
            continue
        # A failed job may be tried again in the same message: that is another's.
        if before.phase is not Phase.FAILED or before.code == change.code:
            yield f"message {change.message_id} said {before.phase}, then {change.phase}"


def each_picture_is_posted_once(history: History) -> Iterator[str]:
    times = Counter((one.code, one.number) for card in history.cards for one in card.pictures)
    for (code, number), count in times.items():
        if count > 1:
            yield f"{code}-{number} stands in {count} places"
    known = {job.code: job for job in history.jobs}
    for card in history.cards:
        for code in {one.code for one in card.pictures}:
            job = known.get(code)
            if job is None or job.message_id != card.message_id:
                yield f"message {card.message_id} shows {code}, which is not its job"


def each_picture_is_what_its_vendor_made(history: History) -> Iterator[str]:
    jobs = {job.code: job for job in history.jobs}
    tasks = {(task.job_id, task.number): task for task in history.tasks}
    orders = _orders(history)
    for card in history.cards:
        for one in card.pictures:
            job = jobs.get(one.code)
            task = tasks.get((job.id, one.number)) if job else None
            if task is not None and one.digest not in {order.digest for order in orders[task.seed]}:
                yield f"{one.code}-{one.number} is not the picture that its vendor made"


def no_paid_order_is_repeated(history: History) -> Iterator[str]:
    for seed, orders in _orders(history).items():
        if len(orders) > 1:
            yield f"seed {seed} was ordered {len(orders)} times: {[order.vendor for order in orders]}"


def every_order_belongs_to_a_task_and_is_booked(history: History) -> Iterator[str]:
    tasks = {task.seed: task for task in history.tasks}
    names = {job.id: _name(job) for job in history.jobs}
    for seed, orders in _orders(history).items():
        task, order = tasks.get(seed), orders[0]
        if task is None:
            yield f"{order.vendor} took seed {seed}, which no task has"
            continue
        right = {order.microusd, 0} if order.free else {order.microusd}
        if task.cost_microusd not in right:
            name = f"{names.get(task.job_id)} task {task.number} ({task.state}, {task.failure})"
            yield f"{name} cost {order.microusd}, booked are {task.cost_microusd}"
    for task in history.tasks:
        if task.state in TASK_ENDED and task.provider is None and task.cost_microusd:
            yield f"{names.get(task.job_id)} task {task.number} was never sent, booked are {task.cost_microusd}"


def what_is_made_was_ordered(history: History) -> Iterator[str]:
    orders = _orders(history)
    for task in history.tasks:
        if task.state == "made" and task.seed not in orders:
            yield f"task {task.id} is made, and no vendor took it"


def the_ledger_is_exact(history: History) -> Iterator[str]:
    booked: dict[int, Counter[str]] = defaultdict(Counter)
    times: dict[int, Counter[str]] = defaultdict(Counter)
    for entry in history.ledger:
        if entry.job_id is not None:
            booked[entry.job_id][entry.kind] += entry.credits
            times[entry.job_id][entry.kind] += 1
    for job in history.jobs:
        sums, often = booked[job.id], times[job.id]
        if sums["reserve"] != job.credits or often["reserve"] > 1:
            yield f"{_name(job)}: {job.credits} credits, reserved {sums['reserve']} in {often['reserve']} entries"
        if often["settle"] > 1 or often["release"] > 1:
            yield f"{_name(job)} was booked {often['settle']} times as settled, {often['release']} as released"
        if job.state in ENDED and sums["settle"] + sums["release"] != sums["reserve"]:
            yield f"{_name(job)}: {dict(sums)} does not add up"


def what_is_settled_was_had(history: History) -> Iterator[str]:
    """A finished job settles what was posted; a cancelled one what a vendor had taken; a failure nothing."""
    settled: Counter[int] = Counter()
    for entry in history.ledger:
        if entry.kind == "settle" and entry.job_id is not None:
            settled[entry.job_id] += entry.credits
    tasks, orders = _tasks(history), _orders(history)
    for job in history.jobs:
        low, high = _had(job, tasks[job.id], orders)
        if job.state in ENDED and not low <= settled[job.id] <= high:
            span = str(low) if low == high else f"{low} to {high}"
            yield f"{_name(job)} is {job.state}, settled {settled[job.id]}, had {span}"


def _had(job: Job, tasks: list[Task], orders: dict[int, list[Order]]) -> tuple[int, int]:
    """Credits that a job may settle: least and most."""
    if job.state == "done":
        made = job.each * sum(task.state == "made" for task in tasks)
        return made, made
    if job.state != "cancelled":
        return 0, 0
    whole = [task for task in tasks if task.state != "failed"]
    taken = sum(any(not order.free for order in orders[task.seed]) for task in whole)
    sent = sum(task.provider is not None for task in whole)
    return job.each * taken, job.each * sent


def no_limit_is_exceeded(history: History) -> Iterator[str]:
    limits = history.limits
    used: Counter[tuple[int | None, int | None]] = Counter()
    counting: list[tuple[int, int, Entry]] = []
    for entry in history.ledger:
        _count(used, entry, 1)
        heappush(counting, (entry.counts_at, entry.id, entry))
        if entry.kind != "reserve":
            continue
        while counting[0][0] <= entry.at - DAY_MS:
            _count(used, heappop(counting)[2], -1)
        for what, whose, limit in (
            ("a member in a server", (entry.guild_id, entry.member_id), limits.member),
            ("a member everywhere", (None, entry.member_id), limits.everywhere),
            ("a server", (entry.guild_id, None), limits.server if entry.guild_id else None),
        ):
            if limit is not None and used[whose] > limit:
                yield f"entry {entry.id}: {what} has used {used[whose]} of {limit}"
    spent = sum(task.cost_microusd for task in history.tasks)
    if limits.microusd is not None and spent > limits.microusd:
        yield f"{spent} millionths of a dollar were spent of {limits.microusd}"


def _count(used: Counter[tuple[int | None, int | None]], entry: Entry, sign: int) -> None:
    """Add an entry to the sums that it counts in, or take it out again: by server and member, either, or both."""
    used[entry.guild_id, entry.member_id] += sign * entry.delta
    used[None, entry.member_id] += sign * entry.delta
    if entry.kind != "draw":
        used[entry.guild_id, None] += sign * entry.delta


def the_kept_sums_are_the_rows_sums(history: History) -> Iterator[str]:
    spent = sum(task.cost_microusd for task in history.tasks)
    if spent != history.spend:
        yield f"tasks cost {spent}, the sum says {history.spend}"
    pools: Counter[int] = Counter()
    for entry in history.ledger:
        if entry.kind in {"reserve", "release"}:
            pools[entry.guild_id] += entry.delta
    kept = dict(history.pools)
    for guild_id in pools.keys() | kept.keys():
        if pools[guild_id] != kept.get(guild_id, 0):
            yield f"server {guild_id}: entries say {pools[guild_id]}, the sum says {kept.get(guild_id, 0)}"


def words_follow_the_rows(history: History) -> Iterator[str]:
    """Who reads that nothing was charged is not charged."""
    prompts = {one.interaction_id: one.prompt for one in history.asked}
    settled = {entry.job_id for entry in history.ledger if entry.kind == "settle"}
    for card in history.cards:
        prompt = prompts.get(card.interaction_id or 0)
        if not card.private or prompt is None or "nothing was charged" not in card.text.lower():
            continue
        charged = [job for job in history.jobs if job.prompt == prompt and job.id in settled]
        # Asked once, so the first job with these words is the command's own; later ones were clicked for.
        if charged and charged[0].id == min(job.id for job in history.jobs if job.prompt == prompt):
            yield f"{_name(charged[0])}: its member read {card.text[:60]!r}, and was charged"


def nothing_ends_the_program(history: History) -> Iterator[str]:
    yield from history.deaths


def one_lease_is_left_at_most(history: History) -> Iterator[str]:
    if history.workers > 1:
        yield f"{history.workers} leases for one process"


RULES: dict[str, Callable[[History], Iterator[str]]] = {
    rule.__name__: rule
    for rule in (
        every_job_has_ended,
        a_job_is_what_its_tasks_are,
        every_message_says_how_its_job_ended,
        nothing_waits_for_ever,
        each_end_is_shown_once,
        each_picture_is_posted_once,
        each_picture_is_what_its_vendor_made,
        no_paid_order_is_repeated,
        every_order_belongs_to_a_task_and_is_booked,
        what_is_made_was_ordered,
        the_ledger_is_exact,
        what_is_settled_was_had,
        no_limit_is_exceeded,
        the_kept_sums_are_the_rows_sums,
        words_follow_the_rows,
        nothing_ends_the_program,
        one_lease_is_left_at_most,
    )
}


def _name(job: Job) -> str:
    return f"job {job.id} ({job.code}, {job.prompt!r})"


def _tasks(history: History) -> dict[int, list[Task]]:
    found: dict[int, list[Task]] = defaultdict(list)
    for task in history.tasks:
        found[task.job_id].append(task)
    return found


def _orders(history: History) -> dict[int, list[Order]]:
    found: dict[int, list[Order]] = defaultdict(list)
    for order in history.orders:
        found[order.seed].append(order)
    return found
