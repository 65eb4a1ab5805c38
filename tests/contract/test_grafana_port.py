"""What `dashboards.grafana.port.Grafana` promises, over the stand-in of Grafana's HTTP API."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from dashboards.grafana.building import BOARDS
from dashboards.grafana.client import ATTEMPTS, GrafanaClient
from dashboards.grafana.port import DataSource, Done, Found, Grafana, Mark
from dashboards.grafana.rendering import dashboard
from mentions.errors import AtalayaError, GrafanaDenied, GrafanaRefused, GrafanaUnavailable
from mentions.settings_schema import Secret
from tests.servers.grafana import Fault, GrafanaStub, grafana_stub

BOARD = dashboard(BOARDS[0], "en")
UID = BOARD["uid"]
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
METRICS = DataSource(uid="prometheus", name="Atalaya (Prometheus)", kind="prometheus", address="http://p.example:9090")
STORE = DataSource(
    uid="store",
    name="Atalaya (PostgreSQL)",
    kind="grafana-postgresql-datasource",
    address="db.example:5432",
    user="reader",
    options={"database": "atalaya", "sslmode": "require"},
    password=Secret("hush-hush"),
)
MARK = Mark(own="atalaya-alert:1f", at=NOON, text="lumbre · negative spike (high)", tags=("atalaya", "brand:lumbre"))

Method = Callable[[Grafana], Done]
WRITING: dict[str, Method] = {
    "folder": lambda grafana: grafana.upsert_folder("atalaya-en", "Atalaya"),
    "dashboard": lambda grafana: grafana.upsert_dashboard(BOARD, "atalaya-en"),
    "source": lambda grafana: grafana.ensure_datasource(STORE),
    "annotation": lambda grafana: grafana.annotate(MARK),
}
each_method = pytest.mark.parametrize("method", WRITING.values(), ids=WRITING)


@pytest.fixture
def stub() -> Iterator[GrafanaStub]:
    """A Grafana that has the folder."""
    with grafana_stub() as stub:
        stub.folders["atalaya-en"] = {"id": 99, "uid": "atalaya-en", "title": "Old", "version": 3}
        yield stub


class Waits(list[float]):
    """How long was waited, without waiting."""


def client(stub: GrafanaStub, token: str = "glsa_admin", waits: Waits | None = None, **options: Any) -> GrafanaClient:
    """Somebody who publishes."""
    told = waits if waits is not None else Waits()
    return GrafanaClient(stub.url, token, sleep=told.append, **options)


def held(stub: GrafanaStub) -> tuple[int, int, int, int]:
    """How many of everything Grafana holds."""
    return len(stub.folders), len(stub.dashboards), len(stub.datasources), len(stub.annotations)


@each_method
def test_the_second_call_changes_nothing(stub: GrafanaStub, method: Method) -> None:
    """What was written is found as it should be, though Grafana adds keys of its own; nothing is written again."""
    with client(stub) as grafana:
        assert method(grafana).state in ("created", "changed")
        writes = len(stub.writes)
        assert method(grafana) == structs.replace(method(grafana), state="unchanged", changes=(), note="")
        assert (writes, len(stub.writes)) == (1, 1)


@each_method
def test_looking_writes_nothing(stub: GrafanaStub, method: Method) -> None:
    """A dry run says what would be done, the same as is done then."""
    with client(stub, dry_run=True) as grafana:
        would = method(grafana)
        assert stub.writes == []
    with client(stub) as grafana:
        assert method(grafana) == would


@each_method
def test_looking_at_what_differs_writes_nothing(stub: GrafanaStub, method: Method) -> None:
    """A dry run over things that are there and differ says so, and leaves them."""
    with client(stub) as grafana:
        method(grafana)
    stub.folders["atalaya-en"]["title"] = "Old"
    for board in stub.dashboards.values():
        board["folder"] = "other"
    for source in stub.datasources.values():
        source["url"] = "old.example"
    stub.annotations += [{**one, "text": "old"} for one in stub.annotations]
    writes = len(stub.writes)
    with client(stub, dry_run=True) as grafana:
        assert method(grafana).state == "changed"
    assert len(stub.writes) == writes


@each_method
def test_a_lost_answer_is_no_second_thing(stub: GrafanaStub, method: Method) -> None:
    """Where the connection breaks after Grafana has written, what is there is found; nothing stands twice."""
    stub.faults = [None, Fault(after=True)]
    waits = Waits()
    with client(stub, waits=waits) as grafana:
        method(grafana)
        first = held(stub)
        assert method(grafana).state == "unchanged"
    assert len(waits) == 1
    assert held(stub) == first
    assert max(first) == 1


@each_method
@pytest.mark.parametrize(
    "fault",
    [Fault(), Fault(500, body={"message": "boom"}), Fault(502, body="<html>a message</html>"), Fault(429, body={})],
    ids=["closed", "500", "502 of a proxy", "429"],
)
def test_what_passes_is_waited_out(stub: GrafanaStub, method: Method, fault: Fault) -> None:
    """A closed connection, a failure of the server and 'too many' are tried again, later and later, and it is done."""
    stub.faults = [fault, fault, fault]
    told: list[str] = []
    waits = Waits()
    with client(stub, waits=waits, tell=told.append) as grafana:
        assert method(grafana).state in ("created", "changed")
    assert len(waits) == len(told) == 3
    assert all(stub.url in sentence and "try " in sentence for sentence in told)


def test_patience_that_is_asked_for_is_given(stub: GrafanaStub) -> None:
    """`Retry-After` is kept to, up to a minute."""
    stub.faults = [Fault(429, body={}, headers={"Retry-After": "7"}), Fault(503, headers={"Retry-After": "3600"})]
    waits = Waits()
    with client(stub, waits=waits) as grafana:
        grafana.search("atalaya")
    assert 7 <= waits[0] <= 8
    assert waits[1] == 60


def test_it_gives_up(stub: GrafanaStub) -> None:
    """After five tries the error says who does not answer and why, and nothing was lost."""
    stub.faults = [Fault(503, body={"message": "database is locked"})] * ATTEMPTS
    with client(stub) as grafana, pytest.raises(GrafanaUnavailable) as raised:
        grafana.upsert_folder("atalaya-en", "Atalaya")
    assert str(raised.value) == (
        f"Grafana at {stub.url} cannot now: it answers 503 (database is locked) to GET /api/folders/atalaya-en"
    )
    stub.port = 1
    with client(stub) as grafana, pytest.raises(GrafanaUnavailable, match=r"does not answer: Connection refused"):
        grafana.search("atalaya")


# --- what somebody else did ---


def test_what_was_saved_by_hand_stays(stub: GrafanaStub) -> None:
    """A dashboard that somebody saved since is left as it is, with what they changed; `force` writes over it."""
    with client(stub) as grafana:
        grafana.upsert_dashboard(BOARD, "atalaya-en")
        stub.saved_by_hand(UID, title="Mine", panels=BOARD["panels"][:-1])
        done = grafana.upsert_dashboard(BOARD, "atalaya-en")
        assert (done.state, len(stub.writes)) == ("edited", 1)
        assert done.note == "somebody saved it in Grafana: version 2, published was 1"
        assert done.changes == (
            'title: "Mine" -> "Reputation live"',
            f'panel "{BOARD["panels"][-1]["title"]}": is missing',
        )
    with client(stub, force=True) as grafana:
        assert grafana.upsert_dashboard(BOARD, "atalaya-en").state == "changed"
    with client(stub) as grafana:
        assert grafana.upsert_dashboard(BOARD, "atalaya-en").state == "unchanged"
    assert stub.dashboards[UID]["dashboard"]["title"] == "Reputation live"


def test_saved_without_a_change_is_no_quarrel(stub: GrafanaStub) -> None:
    """Who saves a dashboard as it was leaves nothing to decide."""
    with client(stub) as grafana:
        grafana.upsert_dashboard(BOARD, "atalaya-en")
        stub.saved_by_hand(UID)
        assert grafana.upsert_dashboard(BOARD, "atalaya-en").state == "unchanged"


def test_a_dashboard_that_came_another_way_stays(stub: GrafanaStub) -> None:
    """One of the same uid that was imported by hand is not ours to write over."""
    stub.dashboards[UID] = {"id": 5, "folder": "atalaya-en", "version": 1, "dashboard": {**BOARD, "refresh": "5s"}}
    with client(stub) as grafana:
        done = grafana.upsert_dashboard(BOARD, "atalaya-en")
    assert (done.state, done.note) == ("edited", "it was not published from here")
    assert done.changes == ('refresh: "5s" -> "30s"',)


def test_a_new_edition_replaces_the_published_one(stub: GrafanaStub) -> None:
    """What Atalaya itself changed is written without a question, as often as it changes, also into another folder."""
    with client(stub) as grafana:
        for version, refresh in enumerate(("10s", "20s", "30s"), 1):
            grafana.upsert_dashboard({**BOARD, "refresh": refresh}, "atalaya-en")
            assert stub.dashboards[UID]["version"] == version
        stub.folders["other"] = {"uid": "other", "title": "Other", "version": 1}
        done = grafana.upsert_dashboard(BOARD, "other")
    assert (done.state, done.changes) == ("changed", ("folder: it was moved",))
    assert stub.dashboards[UID]["folder"] == "other"


def test_two_hands_at_once(stub: GrafanaStub) -> None:
    """Saved between our look and our write: Grafana refuses by 412, and nothing is overwritten."""
    with client(stub) as grafana:
        grafana.upsert_dashboard(BOARD, "atalaya-en")
        stub.meanwhile = lambda asked: stub.saved_by_hand(UID, title="Mine") if asked.startswith("GET") else None
        with pytest.raises(GrafanaRefused, match=r"somebody saved it in Grafana at this very moment; .*--force"):
            grafana.upsert_dashboard({**BOARD, "refresh": "5s"}, "atalaya-en")
    assert stub.dashboards[UID]["dashboard"]["title"] == "Mine"


def test_files_win(stub: GrafanaStub) -> None:
    """A dashboard or data source that Grafana is given by files is kept, and where it differs is told."""
    with client(stub) as grafana:
        grafana.upsert_dashboard(BOARD, "atalaya-en")
        grafana.ensure_datasource(METRICS)
        stub.dashboards[UID]["provisioned"] = True
        stub.datasources["prometheus"]["readOnly"] = True
        writes = len(stub.writes)
        done = grafana.upsert_dashboard({**BOARD, "refresh": "5s"}, "atalaya-en")
        assert (done.state, done.changes) == ("kept", ('refresh: "30s" -> "5s"',))
        done = grafana.ensure_datasource(structs.replace(METRICS, address="http://q.example"))
        assert (done.state, done.changes) == ("kept", ('url: "http://p.example:9090" -> "http://q.example"',))
        assert len(stub.writes) == writes


def test_the_newer_format_is_overwritten_on_demand_only(stub: GrafanaStub) -> None:
    """A dashboard that was saved as v2 cannot be read by this API (406): it is refused, and forced over."""
    with client(stub) as grafana:
        grafana.upsert_dashboard(BOARD, "atalaya-en")
        stub.dashboards[UID]["v2"] = True
        with pytest.raises(
            GrafanaRefused, match=r'the dashboard "Reputation live": Grafana keeps it in a newer format'
        ):
            grafana.upsert_dashboard(BOARD, "atalaya-en")
    with client(stub, force=True) as grafana:
        assert grafana.upsert_dashboard(BOARD, "atalaya-en").state == "changed"
    with client(stub) as grafana:
        assert grafana.upsert_dashboard(BOARD, "atalaya-en").state == "unchanged"


# --- data sources ---


def test_a_data_source_is_put_right(stub: GrafanaStub) -> None:
    """What differs is written, what others set beside it and its name stay; only paths by uid are asked."""
    with client(stub) as grafana:
        grafana.ensure_datasource(STORE)
        there = stub.datasources["store"]
        there.update(url="old.example:5432", name="The store", jsonData={**there["jsonData"], "maxOpenConns": 5})
        done = grafana.ensure_datasource(STORE)
    assert (done.state, done.changes) == ("changed", ('url: "old.example:5432" -> "db.example:5432"',))
    assert (there["url"], there["name"], there["jsonData"]["maxOpenConns"]) == ("db.example:5432", "The store", 5)
    assert there["secureJsonData"] == {"password": "hush-hush"}
    assert all(asked.endswith(("/uid/store", "POST /api/datasources")) for asked in stub.asked)


def test_a_password_is_written_once_and_never_told(stub: GrafanaStub) -> None:
    """It goes into Grafana's keeping; again only where it is missing, or forced; no message holds it."""
    told: list[str] = []
    with client(stub, tell=told.append) as grafana:
        told.append(repr(grafana.ensure_datasource(STORE)))
        stub.datasources["store"]["secureJsonData"] = {}
        done = grafana.ensure_datasource(STORE)
        assert done.changes == ("password: is missing",)
        assert stub.datasources["store"]["secureJsonData"] == {"password": "hush-hush"}
        stub.faults = [Fault(500, body={"message": "boom"})]
        told += [repr(done), repr(grafana.ensure_datasource(STORE))]
    new = structs.replace(STORE, password=Secret("new-word"))
    with client(stub, force=True) as grafana:
        told.append(repr(grafana.ensure_datasource(new)))
    assert stub.datasources["store"]["secureJsonData"] == {"password": "new-word"}
    assert not any("hush-hush" in sentence or "new-word" in sentence for sentence in [*told, repr(STORE)])


def test_another_data_source_in_the_way_is_named(stub: GrafanaStub) -> None:
    """One of another kind with our uid, or of another uid with our name, is left alone and told."""
    with client(stub) as grafana:
        grafana.ensure_datasource(structs.replace(METRICS, kind="loki"))
        with pytest.raises(GrafanaRefused, match=r"the uid prometheus is one of loki .*; remove it in Grafana"):
            grafana.ensure_datasource(METRICS)
        with pytest.raises(GrafanaRefused, match=r"another one of this name or uid is there"):
            grafana.ensure_datasource(structs.replace(METRICS, uid="other"))


# --- annotations ---


def test_an_annotation_ends_when_its_alert_does(stub: GrafanaStub) -> None:
    """The annotation of an open alert becomes a span when it closes; its own tag tells it from all others."""
    others = [structs.replace(MARK, own=f"atalaya-alert:{n}") for n in range(3)]
    closed = structs.replace(MARK, until=NOON + timedelta(hours=2), tags=("atalaya", "severity:critical"))
    with client(stub) as grafana:
        for mark in (*others, MARK):
            assert grafana.annotate(mark).state == "created"
        done = grafana.annotate(closed)
        assert done.state == "changed"
        assert [line.partition(":")[0] for line in done.changes] == ["timeEnd", "tags[2]"]
        assert grafana.annotate(closed).state == "unchanged"
    one = next(one for one in stub.annotations if MARK.own in one["tags"])
    assert (one["timeEnd"] - one["time"], len(stub.annotations)) == (2 * 3_600_000, 4)
    assert one["tags"] == ["atalaya-alert:1f", "atalaya", "severity:critical"]


def test_what_two_publishers_wrote_at_once_is_one_again(stub: GrafanaStub) -> None:
    """Two annotations of one alert become one: the first stays."""
    with client(stub) as grafana:
        grafana.annotate(MARK)
        stub.annotations.append({**stub.annotations[0], "id": 77})
        assert grafana.annotate(MARK).state == "changed"
        assert grafana.annotate(MARK).state == "unchanged"
    assert [one["id"] for one in stub.annotations] == [1]


def test_tags_of_any_kind_are_found_again(stub: GrafanaStub) -> None:
    """What has a meaning in an address is no obstacle in a tag."""
    odd = structs.replace(MARK, own="atalaya-alert:a&tags=b c#d%25/é")
    with client(stub) as grafana:
        assert [grafana.annotate(odd).state for _ in range(2)] == ["created", "unchanged"]
    assert len(stub.annotations) == 1


# --- who asks, and where ---


def test_only_what_has_the_tag_is_found(stub: GrafanaStub) -> None:
    """A search finds dashboards by tag, with their folder, by title."""
    with client(stub) as grafana:
        for title, tags in (("B", ["atalaya"]), ("A", ["atalaya", "en"]), ("C", ["other"])):
            grafana.upsert_dashboard({**BOARD, "uid": title, "title": title, "tags": tags}, "atalaya-en")
        found = grafana.search("atalaya")
    assert found == [Found(uid=name, title=name, folder="atalaya-en") for name in ("A", "B")]


@pytest.mark.parametrize("fail_closed", [True, False])
def test_an_editor_makes_the_folder(stub: GrafanaStub, fail_closed: bool) -> None:
    """To an editor Grafana 13 says 403 of a folder that is not there: it is made all the same."""
    stub.folders.clear()
    stub.fail_closed = fail_closed
    with client(stub, "glsa_editor") as grafana:
        assert grafana.upsert_folder("atalaya-en", "Atalaya").state == "created"
        assert grafana.upsert_dashboard(BOARD, "atalaya-en").state == "created"
        assert grafana.annotate(MARK).state == "created"


def test_below_a_path(stub: GrafanaStub) -> None:
    """A Grafana that is served below a path is asked there; the slash at the end makes no difference."""
    with grafana_stub("/grafana") as below:
        for url in (below.url, f"{below.url}/"):
            with GrafanaClient(url, "glsa_admin", sleep=Waits().append) as grafana:
                assert grafana.search("atalaya") == []


def test_another_organisation(stub: GrafanaStub) -> None:
    """A token is of one organisation: asked for another, the message says so; for its own, all is well."""
    with client(stub, organisation=1) as grafana:
        assert grafana.search("atalaya") == []
    with client(stub, organisation=2) as grafana, pytest.raises(GrafanaDenied, match="another organisation than 2"):
        grafana.search("atalaya")


@pytest.mark.parametrize(
    ("token", "method", "said"),
    [
        (
            "glsa_old",
            "folder",
            "does not accept the token (Invalid API key); give that of a service account by ATALAYA_",
        ),
        ("glsa_viewer", "annotation", "may not touch the annotation"),
        ("glsa_viewer", "dashboard", "Permissions needed: dashboards:create; give its service account the role Editor"),
        ("glsa_editor", "source", "Permissions needed: datasources:read; give its service account the role Admin, or"),
    ],
)
def test_who_may_not_is_told_what_would_be_needed(stub: GrafanaStub, token: str, method: str, said: str) -> None:
    """An unknown token and one that may not do it are told apart, once, with the remedy; neither is tried again."""
    waits = Waits()
    with client(stub, token, waits) as grafana, pytest.raises(GrafanaDenied) as raised:
        WRITING[method](grafana)
    assert said in str(raised.value)
    assert stub.url in str(raised.value)
    assert (waits, raised.value.exit_code) == ([], 2)


MISMATCH = {"message": "A dashboard with the same name in the folder already exists", "status": "name-exists"}


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        (Fault(404, body="<html>none</html>"), GrafanaDenied, "is no Grafana; correct url of [grafana]"),
        (Fault(200, body="<html>hello</html>"), GrafanaDenied, "is no Grafana; correct url of [grafana]"),
        (Fault(200, body=["odd"]), GrafanaDenied, "is not as expected"),
        (
            Fault(302, headers={"Location": "https://login.example/"}),
            GrafanaDenied,
            "on to https://login.example/; write",
        ),
        (Fault(412, body=MISMATCH), GrafanaRefused, "another one of this name is in the folder; rename"),
        (Fault(412, body={"status": "plugin-dashboard", "message": "x"}), GrafanaRefused, "belongs to a plug-in"),
        (Fault(400, body={"message": "Cannot save provisioned dashboard"}), GrafanaRefused, "given it by files"),
        (Fault(406, body={"message": "use v2"}), GrafanaRefused, "newer format (v2)"),
        (Fault(422, body={"message": "bad\nrequest"}), GrafanaRefused, "refuses it with 422: bad request"),
        (Fault(418), GrafanaRefused, "refuses it with 418: no word why"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Fault) else "",
)
def test_each_refusal_says_what_is_wrong(stub: GrafanaStub, fault: Fault, kind: type[AtalayaError], said: str) -> None:
    """Every answer that is no success becomes one sentence, with what would be right."""
    stub.faults = [fault]
    with client(stub) as grafana, pytest.raises(kind) as raised:
        grafana.upsert_dashboard(BOARD, "atalaya-en")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
