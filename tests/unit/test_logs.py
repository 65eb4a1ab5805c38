import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from atalaya.logs import PERSONAL, configure
from mentions.records import Author, Post
from mentions.settings_schema import Secret

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
POST = Post(source="bluesky", native_id="1", author=Author("a1"), text="mi pan", created_at=NOON, received_at=NOON)

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("mentions", "ingest", "processors", "dashboards", "atalaya"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


@pytest.fixture
def out() -> io.StringIO:
    """Where the log goes."""
    return io.StringIO()


@pytest.fixture
def lines(out: io.StringIO) -> Lines:
    """What the log holds as JSON objects."""
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_its_fields(out: io.StringIO, lines: Lines) -> None:
    """In JSON each event is a line with time in UTC, level, logger, event and what was handed in as `extra`."""
    configure("json", "info", out)

    logging.getLogger("ingest.outbox").info("opened %s", "o.sqlite", extra={"rows": 3, "at": NOON})

    (line,) = lines()
    assert list(line) == ["time", "level", "logger", "event", "rows", "at"]
    assert (line["level"], line["logger"], line["event"], line["rows"]) == (
        "info",
        "ingest.outbox",
        "opened o.sqlite",
        3,
    )
    assert line["at"] == "2026-11-16T12:00:00+00:00"
    assert datetime.fromisoformat(line["time"]).utcoffset() == UTC.utcoffset(None)


def test_the_console_is_for_people(out: io.StringIO) -> None:
    """On the console an event is readable, without colours where there is no terminal."""
    configure("console", "info", out)

    logging.getLogger("ingest.outbox").warning("nearly full", extra={"rows": 3})

    assert "nearly full" in out.getvalue()
    assert "rows=3" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_structlogs_own_loggers_take_the_same_way(out: io.StringIO, lines: Lines) -> None:
    """A logger of structlog writes the same lines as one of the standard library."""
    configure("json", "info", out)

    structlog.get_logger("processors.watch").info("stored", mentions=2, text="mi pan")

    (line,) = lines()
    assert (line["logger"], line["event"], line["mentions"]) == ("processors.watch", "stored", 2)
    assert "text" not in line


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("level", ["info", "warning", "error"])
def test_what_people_wrote_is_not_told_above_debug(log_format: Any, level: str, out: io.StringIO) -> None:
    """Texts, names and handles are left out at info and above, also inside other fields and as whole records."""
    configure(log_format, "debug", out)
    personal = dict.fromkeys(PERSONAL - {"name"}, "mi pan")  # logging itself refuses a field called name

    logging.getLogger("ingest.worker").log(
        logging.getLevelNamesMapping()[level.upper()],
        "seen",
        extra={**personal, "item": POST, "items": [POST], "deep": {"author": "mi pan", "list": [{"name": "mi pan"}]}},
    )

    assert "seen" in out.getvalue()
    assert "mi pan" not in out.getvalue()


def test_what_people_wrote_is_told_at_debug(out: io.StringIO, lines: Lines) -> None:
    """Who asks for debug sees the texts."""
    configure("json", "debug", out)

    logging.getLogger("ingest.worker").debug("seen", extra={"text": "mi pan"})

    assert lines()[0]["text"] == "mi pan"


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("level", ["debug", "error"])
def test_secrets_are_never_told(log_format: Any, level: str, out: io.StringIO) -> None:
    """Passwords, tokens and keys show as ***, at every level: by name, in addresses, in tracebacks, and as secrets."""
    configure(log_format, "debug", out)
    logger = logging.getLogger("atalaya.run")
    number = logging.getLevelNamesMapping()[level.upper()]

    try:
        raise ValueError("postgresql://ana:hunter2@h/d")
    except ValueError:
        logger.log(
            number,
            "opening %s",
            "postgresql://ana:hunter2@h/d",
            exc_info=True,
            extra={
                "store_password": "hunter2",
                "headers": {"Authorization": "hunter2", "cookie": ["hunter2"]},
                "apikey": "hunter2",
                "url_of_store": "postgresql://ana:hunter2@h/d",
                "word": Secret("hunter2"),
            },
        )

    assert "hunter2" not in out.getvalue()
    assert "***" in out.getvalue()
    assert "ValueError" in out.getvalue()


def test_tracebacks_show_no_local_variables(out: io.StringIO) -> None:
    """A traceback has its lines of code and not the values of variables, which may be texts or passwords."""
    configure("console", "info", out)
    text = "mi " + "pan"

    try:
        raise RuntimeError
    except RuntimeError:
        logging.getLogger("atalaya").exception("failed")

    assert "RuntimeError" in out.getvalue()
    assert text not in out.getvalue()


@pytest.mark.parametrize(
    "library", ["uvicorn", "uvicorn.access", "uvicorn.error", "websockets.client", "httpx", "alembic"]
)
def test_libraries_are_heard_from_warning_on(library: str, out: io.StringIO, lines: Lines) -> None:
    """What libraries say at info is not told, what they warn of is, in our form and once."""
    configure("json", "debug", out)

    logging.getLogger(library).info("GET /")
    logging.getLogger(library).warning("slow")

    assert [line["event"] for line in lines()] == ["slow"]


@pytest.mark.parametrize("library", ["uvicorn", "uvicorn.access", "uvicorn.error"])
def test_a_librarys_own_handlers_are_taken_away(library: str, out: io.StringIO, lines: Lines) -> None:
    """A server that set up its own way of writing writes in our form only, once."""
    logger = logging.getLogger(library)
    logger.addHandler(logging.StreamHandler(out))
    logger.propagate = False
    configure("json", "info", out)

    logger.warning("slow")

    assert [line["event"] for line in lines()] == ["slow"]


def test_the_level_is_that_of_our_own_rooms(out: io.StringIO, lines: Lines) -> None:
    """`level` decides from where on our rooms are heard."""
    configure("json", "warning", out)

    logging.getLogger("ingest.outbox").info("opened")
    logging.getLogger("dashboards").warning("gone")

    assert [line["event"] for line in lines()] == ["gone"]


def test_configuring_twice_writes_each_line_once(out: io.StringIO, lines: Lines) -> None:
    """A second call replaces the first, format and place."""
    configure("console", "info", out)
    configure("json", "info", out)

    logging.getLogger("atalaya").info("once")

    assert len(lines()) == 1


def test_any_text_can_be_logged(out: io.StringIO, lines: Lines) -> None:
    """Line breaks, NUL and lone surrogates stay inside their line."""
    configure("json", "info", out)

    logging.getLogger("atalaya").info("a\nb", extra={"what": "\ud83e\0"})

    assert [line["event"] for line in lines()] == ["a\nb"]


def test_importing_is_quick() -> None:
    """The module loads neither structlog nor rich: only what logs pays for them."""
    code = "import sys, atalaya.logs; print(sorted({'structlog', 'rich', 'msgspec'} & sys.modules.keys()))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "[]\n"
