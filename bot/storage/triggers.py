"""Sums that the database keeps by itself: what was spent, and what each server's members used together.

A window of 24 hours over a month's bookings would add up tens of thousands of rows for every request. So triggers add
to buckets of ten minutes, and a window adds up those.
"""

from __future__ import annotations

from sqlalchemy import Connection

BUCKET_MS = 600_000

_ADD_SPEND = """
INSERT INTO spend_buckets (bucket, microusd, first_task, last_task)
VALUES (NEW.created_at / {bucket}, {amount}, NEW.id, NEW.id)
ON CONFLICT (bucket) DO UPDATE SET microusd = spend_buckets.microusd + excluded.microusd,
first_task = {least}(spend_buckets.first_task, excluded.first_task),
last_task = {greatest}(spend_buckets.last_task, excluded.last_task);"""
_ADD_POOL = """
INSERT INTO pool_buckets (guild_id, bucket, credits) VALUES (NEW.guild_id, NEW.counts_at / {bucket}, {amount})
ON CONFLICT (guild_id, bucket) DO UPDATE SET credits = pool_buckets.credits + excluded.credits;"""

_TRIGGERS = {
    "tasks_spend_added": ("tasks", "INSERT", "NEW.cost_microusd <> 0", _ADD_SPEND, "NEW.cost_microusd"),
    "tasks_spend_changed": (
        "tasks",
        "UPDATE OF cost_microusd",
        "NEW.cost_microusd <> OLD.cost_microusd",
        _ADD_SPEND,
        "NEW.cost_microusd - OLD.cost_microusd",
    ),
    "ledger_pool_added": (
        "ledger",
        "INSERT",
        "NEW.kind IN ('reserve', 'release') AND NEW.delta <> 0",
        _ADD_POOL,
        "NEW.delta",
    ),
}


def create_triggers(connection: Connection) -> None:
    """Make them, as they are from migration 0012 on; the tables are there."""
    for name, (table, when, condition, statement, amount) in _TRIGGERS.items():
        least, greatest = ("min", "max") if connection.dialect.name == "sqlite" else ("least", "greatest")
        body = statement.format(bucket=BUCKET_MS, amount=amount, least=least, greatest=greatest)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name} AFTER {when} ON {table} WHEN {condition} BEGIN {body} END"
            )
            continue
        connection.exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} AFTER {when} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()"
        )


def drop_triggers(connection: Connection) -> None:
    """Take them away."""
    for name, (table, *_) in _TRIGGERS.items():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
            connection.exec_driver_sql(f"DROP FUNCTION {name}()")
