"""`evangelists`, `detractors`, `authors`, `thank`, `note`, `campaigns`, `links`, `explain` over a replayed store."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_cli import Call, call, write_lines

__all__ = ["call"]
STORE = ("--store", "s.sqlite")
UNTIL = ("--until", "2026-11-30")
SPAM = "GANA ya un año de pan gratis con Lumbre entrando aquí https://win.example/"
CONFIG = """
[[brand]]
name = "lumbre"
query = "lumbre"
domains = ["lumbre.example"]
ambassadors = ["file:ines"]
"""


def post(number: int, author: str, day: int, text: str, **fields: Any) -> dict[str, Any]:
    """One invented post of November."""
    who = {"id": f"{author}-id", "handle": author, **fields}
    at = f"2026-11-{day:02}T09:{number % 60:02}:00Z"
    return {"id": str(number), "text": text, "created_at": at, "lang": "en", "author": who}


def posts() -> list[dict[str, Any]]:
    """A fan, an ambassador, somebody who is never content, and a campaign of five."""
    days = (2, 6, 10, 15, 20, 25)
    said = []
    for number, day in enumerate(days):
        link = f" https://lumbre.example/menu?n={number % 2}"
        said.append(
            post(number, "ana", day, f"I love the bread of Lumbre, wonderful day {number}{link}", followers=200)
        )
        said.append(post(10 + number, "ines", day, f"we love our guests at Lumbre, happy table {number * 7}"))
        said.append(post(20 + number, "max", day, f"Lumbre is terrible again, awful visit no {number * 3}"))
    said += [post(30 + n, f"bot{n}", 26, f"{SPAM}{n}") | {"links": [f"https://win.example/{n}"]} for n in range(5)]
    return said


@pytest.fixture
def stored(call: Call, tmp_path: Path) -> Call:
    """A store of these posts."""
    (tmp_path / "atalaya.toml").write_text(CONFIG)
    write_lines(tmp_path / "posts.jsonl", posts())
    code, _, err = call("replay", "posts.jsonl", *STORE, "--no-summary")
    assert code == 0, err
    return call


def listed(call: Call, verb: str, *options: str) -> list[dict[str, Any]]:
    """What a verb gives as JSON."""
    code, out, err = call(verb, "--json", *options, *STORE)
    assert code == 0, err
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_evangelists_are_rows_of_the_contract(stored: Call) -> None:
    """The fan is listed with every field of the contract; the ambassador apart, by role; the other among detractors."""
    (ana,) = listed(stored, "evangelists", *UNTIL)
    contract = {"brand", "source", "author", "score", "days_active", "affinity", "loyalty", "authenticity", "last_seen"}
    contract |= {"lapsed", "links_given", "thanked_at", "reach", "role"}
    assert contract <= ana.keys()
    assert (ana["brand"], ana["source"], ana["author"], ana["role"]) == ("lumbre", "file", "ana-id", "public")
    assert (ana["days_active"], ana["reach"], ana["links_given"], ana["lapsed"]) == (6, 200, 6, False)
    assert ana["last_seen"] == "2026-11-25T09:05:00Z"
    (ines,) = listed(stored, "evangelists", "--role", "staff", *UNTIL)
    assert (ines["author"], ines["role"]) == ("ines-id", "staff")
    (max_,) = listed(stored, "detractors", *UNTIL)
    assert max_["author"] == "max-id"


def test_until_is_now_for_the_decay(stored: Call) -> None:
    """Months later the fan has lapsed, and is told apart."""
    (ana,) = listed(stored, "evangelists", "--until", "2027-02-20")
    assert ana["lapsed"]
    _, out, _ = stored("evangelists", "--until", "2027-02-20", *STORE)
    assert "Lapsed" in out
    assert listed(stored, "evangelists", "--until", "2027-02-20", "--active") == []


def test_authors_are_everybody_by_reach_or_loyalty(stored: Call) -> None:
    """Whoever spoke is in it, bots too, with the mark of their campaign; roles are printed apart."""
    found = listed(stored, "authors", "--sort", "reach", *UNTIL)
    assert found[0]["author"] == "ana-id"
    assert {row["author"] for row in found if row["campaign"]} == {f"bot{n}-id" for n in range(5)}
    code, out, _ = stored("authors", *UNTIL, *STORE)
    assert code == 0
    assert "Staff and ambassadors" in out
    code, _, err = stored("authors", "--sort", "fame", *STORE)
    assert (code, "reach or loyalty" in err) == (2, True)


@pytest.mark.parametrize("verb", ["evangelists", "detractors", "authors", "campaigns", "links"])
def test_tables_and_spreadsheets_have_every_column(stored: Call, verb: str) -> None:
    """A table for people, CSV with a heading for every column in Spanish too; nothing found is said."""
    more = UNTIL if verb in ("evangelists", "detractors", "authors") else ()
    code, out, _ = stored(verb, *more, *STORE)
    assert code == 0
    assert "lumbre" in out or "ana" in out or "max" in out
    code, out, err = stored(verb, "--csv", "--lang", "es", *more, *STORE)
    assert code == 0, err
    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0][0] == "Marca"
    assert len({len(row) for row in rows}) == 1
    code, out, err = stored(verb, "--until", "2020-01-01", *STORE)
    assert (code, out) == (0, "")
    assert err
    code, _, err = stored(verb, "--json", "--csv", *STORE)
    assert (code, "exclude each other" in err) == (2, True)


def test_an_unknown_brand_or_role_is_wrong_usage(stored: Call) -> None:
    """With the names that would be right."""
    code, _, err = stored("evangelists", "--brand", "lumbra", *STORE)
    assert (code, "lumbre" in err) == (2, True)
    code, _, err = stored("evangelists", "--role", "fan", *STORE)
    assert (code, "public, media, paid, staff, any" in err) == (2, True)


def test_thanks_are_written_once_a_day_and_shown(stored: Call) -> None:
    """`thank` takes a handle or SOURCE:ID; `evangelists` and `explain` show it."""
    assert stored("thank", "ana", "--text", "a cake", *STORE)[:2] == (0, "lumbre: ana thanked\n")
    assert stored("thank", "file:ana-id", *STORE)[:2] == (0, "lumbre: ana was thanked today already\n")
    code, _, err = stored("thank", "nobody", *STORE)
    assert (code, "no author" in err) == (2, True)
    # the wall clock's thanks lie behind what was replayed
    (ana,) = listed(stored, "evangelists", "--until", "2027-01-20")
    assert ana["thanked_at"] is not None


def test_notes_go_beside_authors_alerts_and_mentions(stored: Call) -> None:
    """`note` finds out what an id names; `explain` shows the note; an empty one is refused."""
    assert stored("note", "ana", "met at the opening", *STORE)[:2] == (0, "lumbre: noted beside ana\n")
    assert stored("note", "file:1", "asked for a picture", *STORE)[:2] == (
        0,
        "lumbre: noted beside the mention file:1\n",
    )
    (alert,) = [row for row in listed(stored, "alerts") if row["kind"] == "campaign"]
    assert stored("note", alert["id"], "told the network", *STORE)[1] == f"alert {alert['id']}: 1 notes\n"
    for of, text in (
        ("evangelist:lumbre/file/ana-id", "met at the opening"),
        ("file:1", "asked for a picture"),
        (alert["id"], "told the network"),
    ):
        code, out, _ = stored("explain", of, *STORE)
        assert code == 0
        assert f"note: {text}" in out
    code, _, err = stored("note", "ana", " ", *STORE)
    assert (code, "empty" in err) == (2, True)


def test_campaigns_are_rows_of_the_contract(stored: Call) -> None:
    """Five accounts with one text are a coordinated campaign with its posts, authors, sample and domain."""
    (found,) = listed(stored, "campaigns", "--kind", "coordinated")
    assert found["posts"] == [f"file:{30 + n}" for n in range(5)]
    assert found["authors"] == [f"file:bot{n}-id" for n in range(5)]
    assert (found["sample"], found["first_post"], found["domains"]) == (f"{SPAM}0", "file:30", ["win.example"])
    assert (found["brand"], found["kind"], found["span_minutes"]) == ("lumbre", "coordinated", 4.0)
    assert listed(stored, "campaigns", "--kind", "own") == []
    code, _, err = stored("campaigns", "--kind", "odd", *STORE)
    assert (code, "coordinated, organic, own" in err) == (2, True)
    code, out, _ = stored("explain", found["id"], *STORE)
    assert code == 0
    assert "by 4 or more authors" in out


def test_links_are_the_brands_pages(stored: Call) -> None:
    """Only hosts of `domains`; with --all any page."""
    first, second = listed(stored, "links")
    assert {first["url"], second["url"]} == {"lumbre.example/menu?n=0", "lumbre.example/menu?n=1"}
    assert (first["posts"], first["sources"], first["linkers"][0]["handle"]) == (3, ["file"], "ana")
    assert len(listed(stored, "links", "--all")) == 7


def test_explain_opens_what_it_is_given(stored: Call) -> None:
    """Mention, alert (told in sentences first), campaign, evangelist and detractor; else it is wrong usage."""
    (alert,) = [row for row in listed(stored, "alerts") if row["kind"] == "campaign"]
    (campaign,) = listed(stored, "campaigns")
    kinds = {
        "file:0": "mention",
        alert["id"][:8]: "alert",
        campaign["id"]: "campaign",
        "evangelist:lumbre/file/ana-id": "evangelist",
        "evangelist:lumbre/ana": "evangelist",
        "detractor:lumbre/file:max": "detractor",
    }
    for of, kind in kinds.items():
        code, out, err = stored("explain", of, "--json", *UNTIL, *STORE)
        assert code == 0, err
        found = json.loads(out)
        assert (found["kind"], found["brand"]) == (kind, "lumbre")
        assert found["formula"]
        assert found["inputs"]
        assert found["mentions"]
        code, out, _ = stored("explain", of, *UNTIL, *STORE)
        assert code == 0
        assert ("4 posts by 4 authors with nearly the same text" in out) == (kind == "alert")
    for wrong in (
        "nothing",
        "campaign:lumbre/x",
        "evangelist:lumbre/file/nobody",
        "evangelist:lumbre/zoe",
        "evangelist:ana",
        "ffffffff",
    ):
        assert stored("explain", wrong, *STORE)[0] == 2


def test_explain_speaks_spanish_from_formula_to_words(stored: Call) -> None:
    """With `--lang es` headings, formula, names and closed words of every kind are Spanish, numbers have a comma."""
    (alert,) = [row for row in listed(stored, "alerts") if row["kind"] == "campaign"]
    (campaign,) = listed(stored, "campaigns")
    stored("note", alert["id"], "told the network", *STORE)
    told = {
        "file:0": ("mención file:0 de lumbre", "peso = max(0", "probabilidades", "negativas 0,", "sentimiento"),
        alert["id"]: ("alerta", "Qué ha pasado", "4 publicaciones de 4 autores", "posible campaña", "nota: told the"),
        campaign["id"]: ("coordinada: todo lo demás", "autores", "primera publicación"),
        "evangelist:lumbre/file/ana-id": ("evangelista = max(0, afinidad", "papel", "público", "días activos"),
        "detractor:lumbre/file/max-id": ("detractor = max(0, -afinidad", "exp(-negativos / 1,5)"),
        "review:lumbre/2026-11/mentions": ("publicaciones del público que mencionan", "contadas: menciones"),
    }
    for of, words in told.items():
        code, out, err = stored("explain", of, "--lang", "es", *UNTIL, *STORE)
        assert code == 0, err
        assert "Qué entró y qué salió" in out
        for english in ("How it is made", "behind it", "formula", "  mentions ", "  authors ", "severity"):
            assert english not in out
        for word in words:
            assert word in out
    code, _, err = stored("explain", "file:0", "--lang", "fr", *STORE)
    assert (code, "en or es" in err) == (2, True)


def test_mentions_carry_influence_and_engagement(stored: Call) -> None:
    """Known followers give an influence, unknown engagement stays null; the formula's version is beside them."""
    (first,) = [row for row in listed(stored, "mentions") if row["id"] == "file:0"]
    assert first["impact"] == {"influence": 30, "engagement": None, "formula": "1"}
