"""Which process holds which of an application's shards: leased, fenced, and handed over one by one.

A shard is held while its process' lease holds (``workers``). Whoever takes it over is entered as its ``heir``,
connects, and only then becomes its holder, so nothing is missed meanwhile: Discord tells two sessions of one shard the
same (its Gateway reference allows "multiple sessions with the same [shard_id, num_shards]"), and what both hear is
done once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, insert, select, update

from bot.models import ShardPlan, ShardShare
from bot.storage import notices
from bot.storage import workers as leases
from bot.storage.database import Connection
from bot.storage.tables import shards, workers

_LONGEST_QUEUE_MS = 600_000
"""A turn to identify that lies further ahead was written before somebody set a clock back."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that takes part: its id (``workers``), and the application whose shards it shares in which way."""

    worker: str
    application_id: int
    share: ShardShare


@dataclass(frozen=True, slots=True)
class _Shard:
    id: int
    worker: str | None = None
    heir: str | None = None

    def owner(self, members: Collection[str]) -> str | None:
        """Whose it is, or will be in a moment; None where that process is gone or leaves."""
        return next((one for one in (self.heir, self.worker) if one in members), None)


def settle(connection: Connection, me: Holder, ready: Collection[int], now: int) -> ShardPlan:
    """Say which shards are ``me``'s; it is connected as those in ``ready``.

    It gets those that nobody goes on with, and of a fair share some of the busiest's, until that evens out no more.
    While its lease does not hold it gets nothing new, nor while others name another number of shards: each server would
    be heard twice.
    """
    _entered(connection, me, ready)
    now = leases.time(connection, now)
    known, alive = _known(connection, me), _alive(connection, me.application_id, now)
    members = {one: share for one, share in alive.items() if share}
    if members.get(me.worker) != str(me.share):
        if other := next((one for one in map(_count, members.values()) if one != me.share.count), 0):
            return ShardPlan(frozenset(), named=other)
        mine = and_(workers.c.id == me.worker, workers.c.lease_until >= now)
        values = {"application_id": me.application_id, "shards": str(me.share)}
        if not connection.execute(update(workers).where(mine).values(values)).rowcount:
            return _plan(known.values(), alive, me)
        members[me.worker] = str(me.share)
    wanted = me.share.ids or _fair(known.values(), members, me)
    refused = {one for one in me.share.ids if known[one].owner(members) not in (None, me.worker)}
    taken = [one for one in wanted if one not in refused and known[one].owner(members) != me.worker]
    if taken:
        notices.send(connection, "shards")
        connection.execute(update(shards).where(_of(me), shards.c.shard_id.in_(taken)).values(heir=me.worker))
    known |= {one: _Shard(one, known[one].worker, me.worker) for one in taken}
    return _plan(known.values(), alive, me, refused)


def leave(connection: Connection, me: Holder, ready: Collection[int], now: int) -> ShardPlan | None:
    """Offer the others what is ``me``'s, and say what they have not taken yet; None where nobody wants it."""
    _entered(connection, me, ready)
    own = and_(workers.c.id == me.worker, workers.c.shards.is_not(None))
    if connection.execute(update(workers).where(own).values(shards=None)).rowcount:
        notices.send(connection, "shards")
    alive = _alive(connection, me.application_id, leases.time(connection, now))
    return _plan(_known(connection, me).values(), alive, me) if str(me.share) in alive.values() else None


def count(connection: Connection, application_id: int, recommended: int, now: int) -> int:
    """How many shards those have among them who take part; ``recommended`` where nobody does."""
    alive = _alive(connection, application_id, leases.time(connection, now))
    return max((_count(share) for share in alive.values() if share), default=recommended)


def identify(connection: Connection, me: Holder, shard_id: int, buckets: int, pause_ms: int, now: int) -> int:
    """Take a turn to identify, ``pause_ms`` after the last one of its bucket; gives how long to wait for it (ms)."""
    now = leases.time(connection, now)
    bucket = and_(shards.c.application_id == me.application_id, shards.c.shard_id % buckets == shard_id % buckets)
    last = connection.execute(select(func.max(shards.c.identified_at)).where(bucket)).scalar() or 0
    turn = max(now, last + pause_ms) if last < now + _LONGEST_QUEUE_MS else now
    connection.execute(update(shards).where(_of(me), shards.c.shard_id == shard_id).values(identified_at=turn))
    return turn - now


def _count(share: str) -> int:
    """Of how many shards a share is."""
    return int(share.partition("/")[2])


def _of(me: Holder) -> ColumnElement[bool]:
    return and_(shards.c.application_id == me.application_id, shards.c.shard_count == me.share.count)


def _entered(connection: Connection, me: Holder, ready: Collection[int]) -> None:
    """What it was to take, and is connected as, is its own."""
    mine = and_(_of(me), shards.c.heir == me.worker, shards.c.shard_id.in_(ready))
    if connection.execute(update(shards).where(mine).values(worker=me.worker, heir=None)).rowcount:
        notices.send(connection, "shards")


def _alive(connection: Connection, application_id: int, now: int) -> dict[str, str | None]:
    """The living processes that share this application's shards, and how; None: it leaves."""
    mine = and_(workers.c.application_id == application_id, workers.c.lease_until >= now)
    query = select(workers.c.id, workers.c.shards).where(mine)
    return {row.id: row.shards for row in connection.execute(query)}


def _known(connection: Connection, me: Holder) -> dict[int, _Shard]:
    query = select(shards.c.shard_id, shards.c.worker, shards.c.heir).where(_of(me)).order_by(shards.c.shard_id)
    known = {row.shard_id: _Shard(*row) for row in connection.execute(query)}
    missing = [one for one in me.share.ids or range(me.share.count) if one not in known]
    if missing:
        place = {"application_id": me.application_id, "shard_count": me.share.count}
        connection.execute(insert(shards), [place | {"shard_id": one} for one in missing])
    return known | {one: _Shard(one) for one in missing}


def _fair(known: Iterable[_Shard], members: Mapping[str, str], me: Holder) -> list[int]:
    """What a process gets of all, beside what it has: at first what is free, then of the busiest."""
    owned: dict[str, list[_Shard]] = {one: [] for one, share in members.items() if share == str(me.share)}
    free: list[int] = []
    for shard in known:
        owner = shard.owner(members)
        if owner is None:
            free.append(shard.id)
        elif owner in owned:
            owned[owner].append(shard)
    have = len(owned[me.worker])
    taken = free[: max(0, -(-me.share.count // len(owned)) - have)]
    while len(busiest := max(owned.values(), key=len)) >= have + len(taken) + 2:
        given = max(busiest, key=lambda one: (one.heir is not None, one.id))  # at first those it is not connected as
        busiest.remove(given)
        taken.append(given.id)
    return taken


def _plan(
    known: Iterable[_Shard], alive: Mapping[str, str | None], me: Holder, refused: Collection[int] = ()
) -> ShardPlan:
    rows = tuple(known)
    held = frozenset(one.id for one in rows if one.worker == me.worker)
    taking = frozenset(one.id for one in rows if one.heir == me.worker) - held
    shadowed = frozenset(one.id for one in rows if one.id in taking and one.worker in alive)
    members = [one for one, share in alive.items() if share]
    handing = any(one.id in held and one.owner(members) not in (None, me.worker) for one in rows)
    return ShardPlan(held, taking, shadowed, frozenset(refused), handing)
