"""The overview and the pages of alerts, over both databases: figures are SQL's, and only their own form writes."""

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from processors.store.actions import add_action
from processors.store.alert_reading import find_alert
from processors.store.brands import add_version
from processors.store.opening import Store
from processors.store.overview import WINDOWS
from tests.consoles import LUMBRE, NOW, console, get, text_of
from tests.glances import ALERT, PLANTED, crisis

DAY = timedelta(days=1)
COUNTS = text(
    "select label, count(*) from mentions where brand = 'lumbre' and voice = 'public' "
    "and created_at >= :since and created_at < :until group by label"
)


@pytest.fixture
def glanced(store: Store) -> FastAPI:
    """The console over a day with a crisis."""
    crisis(store, NOW)
    return console(store, LUMBRE)


def test_the_figures_of_the_overview_are_those_of_sql(glanced: FastAPI, store: Store) -> None:
    """Counts by sentiment equal a plain count of the mentions; slots and sources add up to the same, in all windows."""
    for window in WINDOWS:
        (answer,) = get(glanced, f"/api/v1/overview?brand=lumbre&window={window}")
        found = answer.json()
        counts = counted(store, found["since"], found["until"])
        assert {label: found["summary"][label] for label in counts} == counts
        for label, count in counts.items():
            assert sum(slot[label] for slot in found["slots"]) == count
        assert sum(part["mentions"] for part in found["summary"]["by_source"]) == sum(counts.values()) > 0
        page = text_of(glanced, f"/overview?brand=lumbre&window={window}")
        assert f" {sum(counts.values())} " in page


def counted(store: Store, since: str, until: str) -> dict[str, int]:
    """Count the public's mentions of Lumbre by plain SQL."""
    moments: dict[str, object] = {"since": datetime.fromisoformat(since), "until": datetime.fromisoformat(until)}
    if store.dialect == "sqlite":
        moments = {"since": _microseconds(since), "until": _microseconds(until)}
    with store.reading() as connection:
        return {str(label): int(count) for label, count in connection.execute(COUNTS, moments)}


def _microseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1_000_000)


def test_a_slot_leads_to_exactly_its_mentions(glanced: FastAPI) -> None:
    """Each row of the volume's table has as many mentions as the list that it leads to."""
    (page,) = get(glanced, "/overview?brand=lumbre&window=1h")
    rows = re.search(r'id="rows-volume".*?</table>', page.text, re.S)
    assert rows is not None
    links = re.findall(r'<a href="(/\?[^"]+)">[^<]*</a></th>(.*?)</tr>', rows[0], re.S)
    assert links
    for link, cells in links[:4]:
        (listed,) = get(glanced, link.replace("&amp;", "&"))
        assert listed.text.count("<article") == int(re.findall(r">(\d+)<", cells)[4])


def test_net_sentiment_is_withheld_below_thirty(store: Store) -> None:
    """An empty store and a small one show no net sentiment, and say why, in both languages."""
    app = console(store, LUMBRE)
    assert "0 positive or negative; it takes 30" in text_of(app, "/overview?lang=en")
    assert "0 positivas o negativas; hacen falta 30" in text_of(app, "/overview?lang=es")


def test_an_alert_shows_what_explains_it(glanced: FastAPI) -> None:
    """Its page has count and expectation, the planted posts, its life, and the way to all posts of its hours."""
    page = text_of(glanced, f"/alerts/{ALERT}?lang=en")
    assert "40 negative posts in an hour; 1.5 expected." in page
    assert page.count("llevan avellana sin avisar") >= 3
    assert "All negative posts from then" in page
    assert "Opened" in page
    assert ALERT in get(glanced, "/alerts?state=open")[0].text
    assert ALERT not in get(glanced, "/alerts?state=closed")[0].text


def test_the_api_has_alerts_with_their_lives(glanced: FastAPI) -> None:
    """`/alerts` and `/alerts/ID` give the alert; an unknown one is 404; all of it stands in the OpenAPI document."""
    listed, one, unknown, document = get(
        glanced, "/api/v1/alerts?open=true", f"/api/v1/alerts/{ALERT}", "/api/v1/alerts/nothing", "/api/v1/openapi.json"
    )
    assert [alert["id"] for alert in listed.json()["alerts"]] == [ALERT]
    assert one.json()["alert"]["evidence"]["mentions"] == list(PLANTED)
    assert [step["step"] for step in one.json()["steps"]] == ["open"]
    assert unknown.status_code == 404
    assert {"Overview", "AlertList", "AlertLife"} <= document.json()["components"]["schemas"].keys()


def test_what_the_team_did_is_marked_and_listed(glanced: FastAPI, store: Store) -> None:
    """Actions that run in the window stand at the foot of the charts and as text, hostile words harmless."""
    assert 'class="span"' not in get(glanced, "/overview?brand=lumbre&window=7d")[0].text
    with store.writing() as connection:
        add_version(connection, LUMBRE, who="t", why="", now=NOW)
        for number, (said, days) in enumerate([("<b>Ovens</b>", 1), ("long ago", 40)]):
            window = (NOW - days * DAY, NOW - (days - 2) * DAY)
            add_action(connection, "lumbre", said, window, "mentions", who="t", action_id=f"a{number}", now=NOW)
    (page,) = get(glanced, "/overview?brand=lumbre&window=7d&lang=es")
    assert page.text.count('class="span"') >= 2
    assert "&lt;b&gt;Ovens&lt;/b&gt; (" in page.text
    assert "lo que hizo el equipo" in page.text
    assert "long ago" not in page.text


def test_pages_that_do_not_exist_say_so(glanced: FastAPI) -> None:
    """An unknown alert is 404, a time that is none 400; neither is an error of the console."""
    assert [one.status_code for one in get(glanced, "/alerts/nothing", "/?since=yesterday")] == [404, 400]


def send(app: FastAPI, fields: Mapping[str, str], *, cookie: bool = True, **headers: str) -> httpx.Response:
    """Open the alert, then send its form with these fields; the seal is the page's unless one is given."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            page = await client.get(f"/alerts/{ALERT}")
            hidden = dict(re.findall(r'name="(seal|event_id)" value="([^"]*)"', page.text))
            if not cookie:
                client.cookies.clear()
            return await client.post(f"/alerts/{ALERT}/say", data={**hidden, **fields}, headers=headers)

    return asyncio.run(ask())


def test_people_say_what_they_think_of_an_alert(glanced: FastAPI, store: Store) -> None:
    """Acknowledged, rated and noted from the page, an alert says so, with who; a form sent twice counts once."""
    assert send(glanced, {"what": "ack", "who": "Ana"}).status_code == 303
    assert send(glanced, {"what": "useful", "who": "Ana"}).status_code == 303
    for _ in range(2):
        assert send(glanced, {"what": "note", "text": "avisado", "who": "Ana", "event_id": "one"}).status_code == 303
    with store.reading() as connection:
        alert = find_alert(connection, ALERT)
    assert (alert.acknowledged_by, alert.rating) == ("Ana", "useful")
    assert [(note.who, note.text) for note in alert.notes] == [("Ana", "avisado")]


@pytest.mark.parametrize(
    ("fields", "cookie", "headers"),
    [
        ({"seal": "0" * 64}, True, {}),
        ({}, False, {}),
        ({}, True, {"sec-fetch-site": "cross-site"}),
        ({}, True, {"origin": "http://evil.example"}),
    ],
)
def test_another_site_changes_nothing(
    fields: dict[str, str], cookie: bool, headers: dict[str, str], glanced: FastAPI, store: Store
) -> None:
    """Without the page's seal, its cookie, or from another site's page, a form is refused and nothing is written."""
    assert send(glanced, {"what": "ack", **fields}, cookie=cookie, **headers).status_code == 403
    with store.reading() as connection:
        assert find_alert(connection, ALERT).acknowledged_at is None


def test_a_note_that_cannot_be_taken_says_why(glanced: FastAPI) -> None:
    """An empty note, a rating that is none and a form that is too large are refused with a sentence."""
    assert send(glanced, {"what": "note", "text": " "}).status_code == 400
    assert send(glanced, {"what": "great"}).status_code == 400
    assert send(glanced, {"what": "note", "text": "a" * 70_000}).status_code == 413
