"""The command line as a contract: what each verb prints, and with which exit code it ends."""

import csv
import io
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from atalaya.cli import run

POSTS = [
    {"id": "1", "text": "I love the bread of Lumbre", "created_at": "2026-11-16T09:00:00Z", "lang": "en",
     "author": {"id": "a1", "handle": "ana", "name": "Ana"}},
    {"id": "2", "text": "Lumbre is terrible today", "created_at": "2026-11-16T09:01:00Z", "lang": "en",
     "author": {"id": "a2", "handle": "bea"}},
    {"id": "3", "text": "Me encanta Lumbre", "created_at": "2026-11-16T09:02:00Z", "lang": "es"},
    {"id": "4", "text": "nothing of that kind", "created_at": "2026-11-16T09:03:00Z", "lang": "en"},
    {"id": "2", "deleted": True, "created_at": "2026-11-16T09:04:00Z"},
]  # fmt: skip

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Call:
    """Runs one command line in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ATALAYA_CONFIG", raising=False)

    def one(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return one


@pytest.fixture
def replayed(call: Call, tmp_path: Path) -> str:
    """A store of the posts above."""
    write_lines(tmp_path / "posts.jsonl", POSTS)
    code, _, err = call("replay", "posts.jsonl", "--brand", "lumbre=lumbre", "--store", "s.sqlite", "--no-summary")
    assert code == 0, err
    return "s.sqlite"


def write_lines(path: Path, records: Sequence[object]) -> None:
    """As JSON Lines."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def piped(arguments: Sequence[str], data: bytes, folder: Path) -> tuple[int, list[Any], str]:
    """A verb that reads standard input, as a process: exit code, its JSON lines, standard error."""
    command = [sys.executable, "-c", "from atalaya.cli import main; main()", *arguments]
    done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False, cwd=folder)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def test_an_unknown_verb_is_wrong_usage(call: Call) -> None:
    """An unknown verb, an unknown option and a missing value end with 2, say so, and name the help that helps."""
    wrong = {
        ("nope",): "atalaya",
        ("score", "--nope"): "atalaya score",
        ("score", "x", "--lang"): "atalaya",
        ("label", "add", "--nope"): "atalaya label add",
    }
    for words, where in wrong.items():
        code, out, err = call(*words)
        assert code == 2
        assert err.startswith("atalaya: ")
        assert err.endswith(f". See `{where} --help`.\n")
        assert out == ""


def test_help_of_every_verb_has_an_example(call: Call) -> None:
    """`--help` of each verb says what it does, with an example, and nothing of how shells complete words."""
    from atalaya.cli import VERBS

    code, out, _ = call("--help")
    assert code == 0
    for verb in VERBS:
        assert verb in out
        code, text, _ = call(verb, "--help")
        assert code == 0
        assert "Example: atalaya" in text, verb
        assert "completion" not in text, verb


def test_score_vader_is_plain_vader(call: Call) -> None:
    """`--engine vader` gives vaderSentiment's compound, whatever the language, and a label by +-0.05."""
    code, out, _ = call("score", "--engine", "vader", "I love it", "Das ist ein Tisch", "horrible", "--lang", "de")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(line["score"], line["label"]) for line in lines] == [
        (0.6369, "positive"), (0.0, "neutral"), (-0.5423, "negative"),
    ]  # fmt: skip
    assert lines[0]["engine"] == "vader-3.3.2"
    assert lines[0]["lang"] == "de"
    assert lines[0]["p"] == {"negative": 0.0, "neutral": 0.323, "positive": 0.677}
    assert lines[0]["reasons"] == [{"term": "love", "weight": 3.2}]


def test_score_reads_records_and_echoes_ids(tmp_path: Path) -> None:
    """`score --jsonl` gives one line per line, echoes the id as given, and ends with 4 when a line was unusable."""
    good, half = b'{"id":7,"text":"great service","lang":"en"}', b'{"id":"s","text":"half \\ud800 pair","lang":"en"}'
    data = b"\n".join((good, b"broken", b'{"id":"x"}', half, b""))
    code, lines, err = piped(["score", "--jsonl"], data, tmp_path)
    assert code == 4
    assert [line["id"] for line in lines] == [7, None, "x", "s"]
    assert lines[0]["label"] == "positive"
    assert "error" in lines[1]
    assert "error" in lines[2]
    assert "line 2" in err


def test_match_says_which_clause(call: Call) -> None:
    """`match` names the brand and the clause of its query as it was written."""
    code, out, _ = call("match", "pan de LUMBRE", "otra cosa", "--brand", 'lumbre=(lumbre OR "pan lumbre") NOT receta')
    assert code == 0
    assert [json.loads(line)["matches"] for line in out.splitlines()] == [[{"brand": "lumbre", "why": "lumbre"}], []]


def test_a_bad_query_shows_a_caret(call: Call) -> None:
    """A query that cannot be read ends with 2 and a caret under the place."""
    code, _, err = call("match", "x", "--brand", "b=(lumbre OR")
    assert code == 2
    assert "^" in err


def test_parse_gives_one_line_per_frame(tmp_path: Path) -> None:
    """`parse bluesky` gives exactly one line per line: posts, deletions, drops with a reason; never a stop."""
    frames = [
        b'{"did":"did:plc:a","time_us":1783175888090631,"kind":"commit","commit":{"operation":"create","collection":'
        b'"app.bsky.feed.post","rkey":"1","record":{"$type":"app.bsky.feed.post","createdAt":"2026-07-04T14:38:06Z","text":"hola"}}}',
        b'{"did":"did:plc:a","time_us":1783175888090632,"kind":"commit","commit":{"operation":"delete","collection":'
        b'"app.bsky.feed.post","rkey":"1"}}',
        b'{"did":"did:plc:a","time_us":1783175888090633,"kind":"account","account":{"active":false,"status":"throttled","did":"did:plc:a"}}',
        b"\xff\x00 garbage",
        b"",
    ]
    code, lines, _ = piped(["parse", "bluesky"], b"\n".join(frames) + b"\n", tmp_path)
    assert code == 4
    assert [line["kind"] for line in lines] == ["post", "deletion", "drop", "drop", "drop"]
    assert [line.get("reason") for line in lines[2:]] == ["account_state", "not_json", "not_json"]


def test_parse_reads_a_feed(tmp_path: Path) -> None:
    """`parse rss` gives one line per item; the title belongs to the post."""
    feed = b"<rss version='2.0'><channel><item><guid>https://n.example/1</guid><title>Lumbre</title></item></channel></rss>"
    code, lines, _ = piped(["parse", "rss"], feed, tmp_path)
    assert code == 0
    assert [(line["kind"], line["title"]) for line in lines] == [("post", "Lumbre")]


def test_init_never_overwrites(call: Call, tmp_path: Path) -> None:
    """`init` writes a configuration that `doctor` can read, once; a second time it refuses and leaves the file."""
    assert call("init", "--brand", "Lumbre", "--yes")[0] == 0
    text = (tmp_path / "atalaya.toml").read_text()
    code, _, err = call("init", "--brand", "Other", "--yes")
    assert code == 2
    assert "stays as it is" in err
    assert (tmp_path / "atalaya.toml").read_text() == text


def test_a_bad_configuration_names_line_and_key(call: Call, tmp_path: Path) -> None:
    """A wrong key ends with 2 and names file, line and key; nothing is made."""
    (tmp_path / "atalaya.toml").write_text("[store]\nurl = 'sqlite:///x.sqlite'\n[server]\nprot = 8080\n")
    code, _, err = call("run")
    assert code == 2
    assert "atalaya.toml:4" in err
    assert "port" in err
    assert not (tmp_path / "x.sqlite").exists()


def test_replay_counts_and_finds_nothing_new(call: Call, replayed: str) -> None:
    """Matching posts are stored once; the same input again says 'nothing new' and ends with 0."""
    code, out, _ = call("summary", "--store", replayed, "--json")
    assert code == 0
    brand = json.loads(out)["brands"][0]
    assert (brand["brand"], brand["mentions"], brand["positive"], brand["unjudged"]) == ("lumbre", 2, 2, 0)
    code, _, err = call("replay", "posts.jsonl", "--brand", "lumbre=lumbre", "--store", replayed)
    assert code == 0
    assert "nothing new" in err.lower()


def test_what_was_deleted_is_listed_without_text(call: Call, replayed: str) -> None:
    """`mentions --json` is a list, newest first; a deleted one has neither text nor author."""
    code, out, _ = call("mentions", "--store", replayed, "--json")
    rows = json.loads(out)
    assert code == 0
    assert [row["text"] for row in rows] == ["Me encanta Lumbre", None, "I love the bread of Lumbre"]
    assert rows[1]["erased"] is True
    assert rows[1]["author"] is None


def test_mentions_are_narrowed_to_intent_and_aspect(call: Call, replayed: str) -> None:
    """`--intent` and `--aspect` list what was found to be so; an unknown intent is refused with the known ones."""
    _, out, _ = call("mentions", "--store", replayed, "--json", "--intent", "praise")
    assert [row["text"] for row in json.loads(out)] == ["Me encanta Lumbre", "I love the bread of Lumbre"]
    assert (
        call("mentions", "--store", replayed, "--json", "--intent", "praise", "--aspect", "safety")[1].strip() == "[]"
    )
    code, _, err = call("mentions", "--store", replayed, "--intent", "Praise")
    assert code == 2
    assert "it is one of question, complaint" in err


def test_exports_have_as_many_rows(call: Call, replayed: str) -> None:
    """CSV has a heading and a row per mention, JSON Lines a line each; two formats exclude each other."""
    _, out, _ = call("mentions", "--store", replayed, "--csv", "--lang", "es")
    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff")), delimiter=";"))
    assert len(rows) == 4
    assert rows[0][0] == "Marca"
    assert len(call("mentions", "--store", replayed, "--jsonl")[1].splitlines()) == 3
    code, _, err = call("mentions", "--store", replayed, "--json", "--csv")
    assert code == 2
    assert "exclude" in err


def test_the_funnel_adds_up(call: Call, replayed: str) -> None:
    """Seen is matched, deleted and dropped together, and each reason is told."""
    code, out, _ = call("funnel", "--store", replayed, "--json")
    (row,) = json.loads(out)
    assert code == 0
    assert (row["seen"], row["matched"], row["deletions"]) == (5, 3, 1)
    assert row["dropped"] == {"unmatched": 1}
    assert (row["stored"], row["erased"]) == (2, 1)
    assert "No brand's query matches it" in call("funnel", "--store", replayed)[1]


def test_sources_lists_shards(call: Call, replayed: str) -> None:
    """`sources --json` gives one row per shard with its class and counts."""
    code, out, _ = call("sources", "--store", replayed, "--json")
    assert code == 0
    assert [(row["source"], row["class"], row["seen"]) for row in json.loads(out)] == [("file", "stream", 5)]


def test_unusable_records_end_with_4(call: Call, tmp_path: Path) -> None:
    """Good records are processed, bad ones counted by reason, and the end is 4."""
    (tmp_path / "p.jsonl").write_text(json.dumps(POSTS[0]) + "\n{broken\n" + '{"text":"lumbre"}\n')
    code, _, err = call("replay", "p.jsonl", "--brand", "lumbre=lumbre", "--store", "s.sqlite", "--no-summary")
    assert code == 4
    assert "1 new mention" in err
    assert "not_json" in err
    assert "no_time" in err


def test_unknown_columns_are_named(call: Call, tmp_path: Path) -> None:
    """An unknown field or column of --map ends with 2, names what there is, and leaves no store half made."""
    (tmp_path / "p.csv").write_text("text,when\nhola,2026-11-16T09:00:00Z\n")
    common = ("replay", "p.csv", "--brand", "b=hola", "--store", "s.sqlite", "--map")
    code, _, err = call(*common, "text=txet,created_at=when")
    assert code == 2
    assert "txet" in err
    assert "when" in err
    code, _, err = call(*common, "txt=text,created_at=when")
    assert code == 2
    assert "txt" in err
    assert not list(tmp_path.glob("*.staging"))


def test_an_ambiguous_date_shows_both_readings(call: Call, tmp_path: Path) -> None:
    """Dates that can be read in two ways end with 2, both readings, and the option that decides."""
    (tmp_path / "p.csv").write_text("text,created_at\nhola,02/03/2026 10:00\n")
    code, _, err = call("replay", "p.csv", "--brand", "b=hola", "--store", "s.sqlite")
    assert code == 2
    assert "--time-format" in err
    assert "2026" in err


def test_a_missing_file_ends_with_3(call: Call) -> None:
    """An input that cannot be read ends with 3 and names the file."""
    code, _, err = call("replay", "nowhere.jsonl", "--brand", "b=x", "--store", "s.sqlite")
    assert code == 3
    assert "nowhere.jsonl" in err


def test_reading_a_store_that_is_not_there(call: Call, tmp_path: Path) -> None:
    """A reading verb with a mistyped store ends with 2 and leaves no empty store behind."""
    code, _, err = call("summary", "--store", "typo.sqlite")
    assert code == 2
    assert "typo.sqlite" in err
    assert not (tmp_path / "typo.sqlite").exists()


def test_brands_are_versioned(call: Call) -> None:
    """`brands set` makes versions, `history` tells them, `rollback` returns, `export` and `import` agree."""
    store = ("--store", "b.sqlite")
    assert call("brands", "set", "lumbre", "--query", "lumbre", "--yes", *store)[0] == 0
    assert (
        call("brands", "set", "lumbre", "--query", "lumbre OR @lumbre", "--why", "handles too", "--yes", *store)[0] == 0
    )
    history = json.loads(call("brands", "history", "lumbre", "--json", *store)[1])
    assert [(entry["version"], entry["why"]) for entry in history] == [(1, ""), (2, "handles too")]
    assert call("brands", "rollback", "lumbre", "1", *store)[0] == 0
    code, exported, _ = call("brands", "export", *store)
    assert code == 0
    assert 'query = "lumbre"' in exported
    Path("out.toml").write_text(exported)
    assert call("brands", "import", "out.toml", "--yes", "--store", "c.sqlite")[0] == 0
    assert call("brands", "export", "--store", "c.sqlite")[1] == exported


def test_doctor_says_what_is_wrong(call: Call, tmp_path: Path) -> None:
    """Without anything wrong `doctor` ends with 0; a source that cannot be read makes it 1, with advice."""
    assert call("doctor")[0] == 0
    (tmp_path / "atalaya.toml").write_text("[[source]]\ntype = 'file'\npath = 'missing.jsonl'\n")
    code, out, _ = call("doctor")
    assert code == 1
    assert "missing.jsonl" in out
    assert "->" in out


def test_a_closed_pipe_is_no_error(replayed: str, tmp_path: Path) -> None:
    """A reader that goes away early (`| head -1`) causes no message and no error."""
    words = f"{sys.executable} -c 'from atalaya.cli import main; main()' mentions --store {replayed} --jsonl | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", words], capture_output=True, timeout=60, check=False, cwd=tmp_path
    )
    assert done.returncode == 0
    assert done.stderr == b""


def test_a_port_that_is_taken_is_told_before_anything_is_shown(call: Call) -> None:
    """`run` on a port where something else listens ends at once with 3, not after half a minute of posts."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        code, out, err = call("run", "--port", str(other.getsockname()[1]))
    assert (code, out) == (3, "")
    assert "something else listens there; choose another with --port" in err
    assert "stopping" not in err


def test_what_to_type_next_is_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Called by its path, as a README does that sets up a folder, it names that path; found by the shell, its name."""
    from atalaya.verbs import options

    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", [".venv/bin/atalaya", "init"])
    assert options.called() == ".venv/bin/atalaya"
    monkeypatch.setattr(sys, "argv", ["-c", "init"])
    assert options.called() == "atalaya"
