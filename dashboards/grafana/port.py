"""What we ask of a Grafana, in five methods, and what passes through them. Knows no Grafana's client."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from msgspec import Struct

from mentions.settings_schema import Secret

State = Literal["created", "changed", "unchanged", "edited", "kept"]
"""`edited`: left alone, because somebody saved it in Grafana since. `kept`: left alone, because files provide it."""


class Done(Struct, frozen=True, kw_only=True):
    """What became of one thing; where nothing may be written, what would become of it.

    Attributes:
        kind: 'folder', 'dashboard', 'data source', 'annotation'. name: as people know it.
        changes: where it differs from what was there, a line each. note: what else a person should know; '': nothing.
    """

    kind: str
    name: str
    state: State
    changes: tuple[str, ...] = ()
    note: str = ""


class DataSource(Struct, frozen=True, kw_only=True):
    """A data source as Grafana is to have it.

    Attributes:
        kind: Grafana's type. address: its `url`. options: its `jsonData`. password: None: it takes none.
    """

    uid: str
    name: str
    kind: str
    address: str
    user: str = ""
    options: Mapping[str, Any] = {}
    password: Secret | None = None


class Mark(Struct, frozen=True, kw_only=True):
    """An annotation of all dashboards: a moment, or a span of time.

    Attributes:
        own: the tag that no other has; by it an annotation is found again. tags: the others.
        until: None: it is a moment, or not over yet.
    """

    own: str
    at: datetime
    until: datetime | None = None
    text: str
    tags: tuple[str, ...] = ()


class Found(Struct, frozen=True, kw_only=True):
    """A dashboard that a search found; `folder` is the uid, '' at the root."""

    uid: str
    title: str
    folder: str


class Grafana(Protocol):
    """A Grafana. Each method looks first and writes only what differs: called twice, the second call changes nothing.

    Raises (from everything):
        GrafanaUnavailable: it does not answer, or fails, and did so again and again.
        GrafanaDenied: it does not accept the token, or does not let it do this; or no Grafana is there.
        GrafanaRefused: it will not write this.
    """

    def upsert_folder(self, uid: str, title: str) -> Done:
        """Make a folder, or give it its title."""

    def upsert_dashboard(self, dashboard: Mapping[str, Any], folder: str) -> Done:
        """Write a dashboard into a folder, by its uid. What somebody else saved is left as it is: 'edited'."""

    def ensure_datasource(self, source: DataSource) -> Done:
        """Make a data source, or put right what differs. A password that is there cannot be compared: it stays."""

    def annotate(self, mark: Mark) -> Done:
        """Set an annotation, or put right what differs; it never stands twice."""

    def search(self, tag: str) -> Sequence[Found]:
        """Every dashboard with a tag, by title."""
