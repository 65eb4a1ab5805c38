"""`atalaya spikes`: one row out per row in, and the alerts of known spikes."""

import csv
import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from atalaya.cli import run

START = datetime(2026, 6, 1, 0, 2, 53, tzinfo=UTC)
DAY = 288
Verdicts = Callable[..., tuple[int, list[dict[str, str]], str]]


@pytest.fixture
def verdicts(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Verdicts:
    """Writes a file, runs the verb on it: exit code, rows, standard error."""

    def one(text: str, *options: str) -> tuple[int, list[dict[str, str]], str]:
        path = tmp_path / "counts.csv"
        path.write_text(text)
        code = run(["spikes", str(path), *options])
        out, err = capfdbinary.readouterr()
        return code, list(csv.DictReader(io.StringIO(out.decode()))), err.decode()

    return one


def counts(days: int, bursts: dict[int, tuple[int, int]] | None = None) -> list[str]:
    """Lines of ten mentions a row, a fifth of them negative; `bursts` adds (mentions, negatives) to a row."""
    draw = random.Random(5)
    lines = []
    for row in range(days * DAY):
        total = sum(draw.random() < 0.5 for _ in range(20))
        negative = sum(draw.random() < 0.2 for _ in range(total))
        more, bad = (bursts or {}).get(row, (0, 0))
        time = (START + timedelta(minutes=5 * row)).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(f"{time},{total + more},{negative + bad}")
    return lines


def file_of(lines: list[str]) -> str:
    """Lines under their header."""
    return "timestamp,value,negative\n" + "\n".join(lines) + "\n"


CRISIS = {9 * DAY + 100 + row: (30, 25) for row in range(6)}
LAUNCH = {9 * DAY + 100 + row: (60, 12) for row in range(6)}


def test_a_negative_spike_opens_once(verdicts: Verdicts) -> None:
    """Six rows with eleven times the negatives: one alert, in the first three rows, with rising severity."""
    code, rows, _ = verdicts(file_of(counts(10, CRISIS)), "--kind", "negative")
    opened = [at for at, row in enumerate(rows) if row["alert"] == "1" and at > 9 * DAY]
    assert code == 0
    assert len(rows) == 10 * DAY
    assert len(opened) == 1
    assert 9 * DAY + 100 <= opened[0] <= 9 * DAY + 102
    assert {row["kind"] for row in rows} == {"negative_spike"}
    assert rows[9 * DAY + 106]["severity"] == "critical"
    assert float(rows[9 * DAY + 106]["score"]) >= 4
    assert rows[9 * DAY + 200]["severity"] == ""


def test_a_launch_is_a_volume_spike_alone(verdicts: Verdicts) -> None:
    """Seven times the talk at its usual share is told by `--kind volume`, for information, and not by negatives."""
    text = file_of(counts(10, LAUNCH))
    _, negative, _ = verdicts(text, "--kind", "negative")
    code, volume, _ = verdicts(text)
    opened = [at for at, row in enumerate(volume) if row["alert"] == "1"]
    assert code == 0
    assert not any(row["alert"] == "1" for row in negative[9 * DAY + 90 : 9 * DAY + 130])
    assert len(opened) == 1
    assert 9 * DAY + 100 <= opened[0] <= 9 * DAY + 103
    assert volume[opened[0]]["severity"] == "info"


@pytest.mark.parametrize("kind", ["volume", "negative"])
def test_nobody_looks_ahead(verdicts: Verdicts, kind: str) -> None:
    """The first rows of a file get the same verdicts as that part alone."""
    lines = counts(10, CRISIS)
    _, whole, _ = verdicts(file_of(lines), "--kind", kind)
    _, part, _ = verdicts(file_of(lines[: 9 * DAY + 103]), "--kind", kind)
    assert part == whole[: len(part)]


def test_a_row_that_cannot_be_used_is_told_and_passed_over(verdicts: Verdicts) -> None:
    """Exit 4, one row out for each, their places and reasons on standard error; the good ones are scored."""
    lines = ["2026-06-01T00:00:00Z,3,1", "yesterday,3,1", "2026-06-01 00:10:00,three,1", "2026-06-01 00:15:00,3,4"]
    code, rows, err = verdicts(file_of(lines), "--kind", "negative")
    assert code == 4
    assert [row["timestamp"] for row in rows] == [line.split(",")[0] for line in lines]
    assert [row["score"] for row in rows] == ["0", "", "", ""]
    assert [line.split(":")[0] for line in err.splitlines()] == ["row 3", "row 4", "row 5"]


def test_a_missing_column_is_wrong_usage(verdicts: Verdicts) -> None:
    """Negatives cannot be judged without their column; the message names what is there and what is needed."""
    code, rows, err = verdicts("timestamp,value\n2026-06-01 00:00:00,3\n", "--kind", "negative")
    assert code == 2
    assert rows == []
    assert "timestamp, value, negative are needed" in err


def test_a_time_with_a_zone_is_taken_at_its_word(verdicts: Verdicts) -> None:
    """The same instants written in another zone get the same scores."""
    lines = counts(9, CRISIS)
    shifted = []
    for line in lines:
        time, rest = line.split(",", 1)
        moment = datetime.strptime(time, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) + timedelta(hours=5)
        shifted.append(f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}+05:00,{rest}")
    _, first, _ = verdicts(file_of(lines), "--kind", "negative")
    _, second, _ = verdicts(file_of(shifted), "--kind", "negative")
    assert [row["score"] for row in first] == [row["score"] for row in second]
