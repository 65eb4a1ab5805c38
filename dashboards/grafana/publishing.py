"""Everything that is published to a Grafana: data sources, the folder, the dashboards of one language.

Knows no client: it speaks to a `dashboards.grafana.port.Grafana`, and reads no clock.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from dashboards.grafana.building import BOARDS
from dashboards.grafana.kinds import Words
from dashboards.grafana.port import DataSource, Done, Grafana
from dashboards.grafana.rendering import METRICS_UID, STORE, STORE_UID, TAG, dashboard
from mentions.errors import AtalayaError, GrafanaRefused
from mentions.settings import StoreSettings
from mentions.settings_grafana import GrafanaSettings

Lang = Literal["en", "es"]
FOLDER: Words = ("Atalaya", "Atalaya (español)")
"""As `deploy/grafana/provisioning` calls them."""
SCRAPED_EVERY = "15s"
"""As deploy/prometheus.yml scrapes: Grafana makes no step shorter."""
_TLS = ("disable", "require", "verify-ca", "verify-full")
"""What Grafana's PostgreSQL takes as sslmode."""


class Failed(Struct, frozen=True, kw_only=True):
    """One thing that could not be published while others could."""

    what: str
    error: AtalayaError


def folder_uid(lang: Lang) -> str:
    """The uid of the folder of a language, the same by files and by publishing."""
    return f"atalaya-{lang}"


def publish(
    grafana: Grafana, lang: Lang, *, sources: tuple[DataSource, ...], folder: str | None, console: str | None
) -> Iterator[Done | Failed]:
    """Publish, one after the other; what Grafana refuses to write holds up nothing else.

    Args:
        folder: its title; None: `FOLDER`. console: where panels lead to; None: this machine.

    Raises:
        GrafanaUnavailable: Grafana failed again and again; what came before is published.
        GrafanaDenied: the token, what it may do, or the address is wrong.
    """
    there = grafana.search(TAG)  # first, since it tells whether this is a Grafana that knows us, and writes nothing
    for source in sources:
        try:
            yield grafana.ensure_datasource(source)
        except GrafanaRefused as error:
            yield Failed(what=source.name, error=error)
    uid = folder_uid(lang)
    yield grafana.upsert_folder(uid, folder or FOLDER[0 if lang == "en" else 1])
    boards = [shown_from(dashboard(board, lang), console) for board in BOARDS]
    for board in boards:
        try:
            yield grafana.upsert_dashboard(board, uid)
        except GrafanaRefused as error:
            yield Failed(what=board["title"], error=error)
    ours = {board["uid"] for board in boards}
    for found in there:
        if found.folder == uid and found.uid not in ours:
            yield Done(kind="dashboard", name=found.title, state="kept", note="no dashboard of this version; delete it")


def shown_from(board: Mapping[str, Any], console: str | None) -> dict[str, Any]:
    """A dashboard whose links lead to the console at an address; None: to this machine, as its file has it."""
    if console is None:
        return dict(board)
    address = console.rstrip("/")
    led = {"query": address, "current": {"text": address, "value": address}}
    variables = [one | led if one["name"] == "console" else one for one in board["templating"]["list"]]
    return {**board, "templating": {**board["templating"], "list": variables}}


def sources_of(grafana: GrafanaSettings, store: StoreSettings) -> tuple[tuple[DataSource, ...], tuple[str, ...]]:
    """The data sources that the configuration tells enough about, and a sentence for each that it does not."""
    found, left = [], []
    if grafana.prometheus is not None:
        found.append(_metrics(grafana.prometheus))
    else:
        left.append("no prometheus in [grafana]: dashboards take Grafana's own data source of that type")
    if not store.url.startswith("postgresql"):
        left.append("the store is SQLite, which Grafana cannot read: tables of posts stay empty")
    elif grafana.store_password is None:
        left.append("no store_password in [grafana]: tables of posts need a data source for PostgreSQL, made by hand")
    else:
        found.append(_store(grafana, store))
    return tuple(found), tuple(left)


def _metrics(address: str) -> DataSource:
    options = {"httpMethod": "POST", "timeInterval": SCRAPED_EVERY}
    return DataSource(
        uid=METRICS_UID, name="Atalaya (Prometheus)", kind="prometheus", address=address.rstrip("/"), options=options
    )


def _store(grafana: GrafanaSettings, store: StoreSettings) -> DataSource:
    parts = urlsplit(store.url)
    host = grafana.store_host or f"{_host(parts.hostname)}:{parts.port or 5432}"
    mode = parse_qs(parts.query).get("sslmode", [""])[0]
    options = {
        "database": unquote(parts.path.removeprefix("/")),
        "sslmode": mode if mode in _TLS else "disable" if _is_near(host) else "require",
    }
    return DataSource(
        uid=STORE_UID,
        name="Atalaya (PostgreSQL)",
        kind=STORE["type"],
        address=host,
        user=grafana.store_user,
        options=options,
        password=grafana.store_password,
    )


def _host(name: str | None) -> str:
    return f"[{name}]" if name and ":" in name else name or "localhost"


def _is_near(address: str) -> bool:
    """Whether a host is this machine, or has a name of one word, as within one network of containers."""
    host = address.rpartition(":")[0]
    return host.startswith(("127.", "[::1]")) or ("." not in host and not host.startswith("["))
