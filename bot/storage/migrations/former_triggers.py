"""The triggers of migrations 0004 to 0011, as they were: what ``bot.storage.triggers`` makes needs later columns."""

from __future__ import annotations

from sqlalchemy import Connection

BUCKET_MS = 600_000

_ADD_SPEND = """
INSERT INTO spend_buckets (bucket, microusd) VALUES (NEW.created_at / {bucket}, {amount})
ON CONFLICT (bucket) DO UPDATE SET microusd = spend_buckets.microusd + excluded.microusd;"""
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
    """Make them; the tables are there."""
    for name, (table, when, condition, statement, amount) in _TRIGGERS.items():
        body = statement.format(bucket=BUCKET_MS, amount=amount)
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
