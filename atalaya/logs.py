"""What the program says about itself: one structured line per event, to standard error.

Every room logs through the standard library, `logging.getLogger(__name__).info("outbox opened", extra={"rows": 3})`,
as do the libraries that we use; what is in `extra` becomes fields. What people wrote and who they are is told at debug
only, secrets never.
"""

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from datetime import datetime
from typing import Any, Literal, TextIO

LogFormat = Literal["console", "json"]
Level = Literal["debug", "info", "warning", "error"]
Fields = MutableMapping[str, Any]

ROOMS = ("mentions", "ingest", "processors", "dashboards", "atalaya")
PERSONAL = frozenset({"author", "author_id", "handle", "name", "payload", "post", "text", "title", "url"})
"""Fields that are left out above debug."""

# What other formatters and libraries leave on a record for themselves.
_NOT_TOLD = frozenset({"asctime", "color_message", "message", "websocket"})
_SECRET = re.compile(r"passw|secret|token|api_?key|authorization|cookie|credential", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(://[^\s:/@]*):[^\s/]*@")
_OWN_HANDLERS = ("uvicorn", "uvicorn.access", "uvicorn.error")
_MARK = "atalaya"


def configure(
    log_format: LogFormat = "console", level: Level = "info", stream: TextIO | None = None, *, role: str = ""
) -> None:
    """Send every log line to `stream` (None: standard error) in one form; a second call replaces the first.

    Our own rooms are heard from `level` on, libraries from warning on.

    Args:
        role: what this process does among others (`ingest`, `score`, `watch`, `serve`); a field of every line.
    """
    import structlog  # slow to load (0.5 s), and only long-running verbs log

    stream = stream or sys.stderr
    shared: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        # Plain tracebacks: the pretty ones show local variables, texts and passwords among them.
        structlog.processors.format_exc_info,
        _without_secrets,
        *([_with_role(role)] if role else []),
    ]
    ending: list[Any] = [_ordered, structlog.processors.JSONRenderer()]
    if log_format == "console":
        colors = stream.isatty() and not os.environ.get("NO_COLOR")
        plain = structlog.dev.plain_traceback
        ending = [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain, timestamp_key="time")]
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[meta, *ending])
    _route(formatter, level, stream)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _route(formatter: logging.Formatter, level: Level, stream: TextIO) -> None:
    """Give the root logger one handler of ours, and every other logger to the root."""
    handler = logging.StreamHandler(stream)
    handler.set_name(_MARK)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in [old for old in root.handlers if old.get_name() == _MARK]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(logging.WARNING, _number(level)))
    for name in _OWN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in ROOMS:
        logging.getLogger(name).setLevel(_number(level))


def _number(level: Level) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _with_role(role: str) -> Callable[[Any, str, Fields], Fields]:
    def add(logger: Any, method: str, fields: Fields) -> Fields:
        return {**fields, "role": role}

    return add


def _without_secrets(logger: Any, method: str, fields: Fields) -> Fields:
    """Hide secrets always, and texts and people above debug, however deep they lie."""
    personal = fields.get("level") == "debug"
    hidden = _NOT_TOLD if personal else _NOT_TOLD | PERSONAL
    return {key: _shown(key, value, personal=personal) for key, value in fields.items() if key not in hidden}


def _shown(key: str, value: Any, *, personal: bool) -> Any:
    if _SECRET.search(key) and value is not None:
        return "***"
    match value:
        case str():
            return _PASSWORD_IN_URL.sub(r"\1:***@", value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return {
                inner: _shown(str(inner), item, personal=personal)
                for inner, item in value.items()
                if personal or inner not in PERSONAL
            }
        case list() | tuple() | set() | frozenset():
            return [_shown("", item, personal=personal) for item in value]
    is_record = hasattr(value, "__struct_fields__")  # of msgspec, whose import this module saves
    return f"<{type(value).__name__}>" if is_record and not personal else value


def _ordered(logger: Any, method: str, fields: Fields) -> Fields:
    """Begin with what every line has, in the order in which people read it."""
    return {key: fields[key] for key in ("time", "level", "role", "logger", "event") if key in fields} | dict(fields)
