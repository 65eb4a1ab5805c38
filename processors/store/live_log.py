"""How far the store is, for those who watch it without processing: over all logs that were ever read into it."""

from datetime import datetime

from sqlalchemy import Connection, select

from processors.store.schema import progress


def live_watermark(connection: Connection) -> datetime | None:
    """The least watermark of a log's partitions; of several logs that of the most advanced, as older ones stand still.

    None before everything has been heard in every partition of some log.
    """
    rows = connection.execute(select(progress.c.log_id, progress.c.topic, progress.c.watermark)).all()
    logs: dict[tuple[str, str], list[datetime | None]] = {}
    for row in rows:
        logs.setdefault((row.log_id, row.topic), []).append(row.watermark)
    known = [[mark for mark in marks if mark is not None] for marks in logs.values() if None not in marks]
    return max((min(marks) for marks in known), default=None)
