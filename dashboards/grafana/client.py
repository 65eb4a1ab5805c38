"""A Grafana, asked through grafana_api: the only file that knows that client, and requests below it.

grafana_api 1.0.3 is unmaintained since 2021 (docs/decisions.md). What of it can be used with Grafana 11 to 13:

* `/api/dashboards/db`, `/api/dashboards/uid/:uid`, `/api/folders` by uid, `/api/annotations` and `/api/search` live;
  Grafana 13 calls them legacy and adds nothing to them. A dashboard that was saved in the format v2 answers 406.
* Data sources by number (`/api/datasources/:id`, which `update_datasource` asks) are gone in 13, by name deprecated,
  and dashboards name them by uid. `uid/UID` in the place of the number asks the path that lives.
* `get_folder_by_id`, permissions by number, alert notifications: dead or dying, not used here.
* It puts words into addresses as they are, so they are quoted here. It tries nothing twice. Its errors break on answers
  that are no JSON objects, so answers are looked at by a hook, before it sees them.

A folder that is not there answers 404 to an administrator, and from 13 on 403 to everybody else: so what may not be
read is tried to be made, and only where that is refused too does the first answer count.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests
from grafana_api.grafana_face import GrafanaFace
from msgspec import structs
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from dashboards.grafana.comparing import changes, judged, stamp_of, stamped
from dashboards.grafana.port import DataSource, Done, Found, Mark
from dashboards.grafana.refusals import FAILED, FORBIDDEN, NOT_ACCEPTABLE, NOT_FOUND, TOO_MANY, Answer, Refusal, meaning
from mentions.errors import GrafanaDenied, GrafanaRefused, GrafanaUnavailable

ATTEMPTS = 5
SECONDS = 10.0
"""How long to wait for an answer."""
MOST_PATIENCE = 60.0
"""How long at most to leave Grafana alone when it asks for it."""
_LIMIT = 5_000
_Result = TypeVar("_Result")
_wait = wait_random_exponential(multiplier=0.5, max=8)


class GrafanaClient:
    """A `dashboards.grafana.port.Grafana` by HTTP. Made in a `with`, for one thread.

    Args:
        url, token, organisation: as `[grafana]` has them.
        force: write over what somebody saved in Grafana, and passwords again.
        dry_run: only look; each method says what it would do.
        tell: is told, in a sentence, why something is tried again. sleep: waits so many seconds.
    """

    def __init__(
        self,
        url: str,
        token: str,
        organisation: int = 0,
        *,
        force: bool = False,
        dry_run: bool = False,
        tell: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address, self._organisation = url.rstrip("/"), organisation
        self._force, self._write, self._tell = force, not dry_run, tell
        parts = urlsplit(self._address)
        prefix = f"{parts.path.strip('/')}/" if parts.path.strip("/") else ""
        self._face = GrafanaFace(token, parts.netloc, url_path_prefix=prefix, protocol=parts.scheme, timeout=SECONDS)
        session = self._face.api.s
        session.hooks["response"].append(self._look_at)
        if organisation:
            session.headers["X-Grafana-Org-Id"] = str(organisation)
        self._retrying = Retrying(
            retry=retry_if_exception_type(GrafanaUnavailable),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_patience,
            before_sleep=self._say_again,
            sleep=sleep,
            reraise=True,
        )

    def __enter__(self) -> "GrafanaClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._face.api.s.close()

    def upsert_folder(self, uid: str, title: str) -> Done:
        """Make a folder, or give it its title."""
        return self._whole(f'the folder "{title}"', lambda: self._folder(uid, title))

    def upsert_dashboard(self, dashboard: Mapping[str, Any], folder: str) -> Done:
        """Write a dashboard into a folder, by its uid. What somebody else saved is left as it is: 'edited'."""
        return self._whole(f'the dashboard "{dashboard["title"]}"', lambda: self._dashboard(dashboard, folder))

    def ensure_datasource(self, source: DataSource) -> Done:
        """Make a data source, or put right what differs. A password that is there cannot be compared: it stays."""
        return self._whole(f'the data source "{source.name}"', lambda: self._datasource(source))

    def annotate(self, mark: Mark) -> Done:
        """Set an annotation, or put right what differs; it never stands twice."""
        return self._whole(f'the annotation "{mark.text}"', lambda: self._annotation(mark))

    def search(self, tag: str) -> Sequence[Found]:
        """Every dashboard with a tag, by title."""
        found = self._whole(
            "the list of dashboards",
            lambda: self._face.search.search_dashboards(tag=quote(tag, safe=""), type_="dash-db", limit=_LIMIT),
        )
        hits = (Found(uid=hit["uid"], title=hit["title"], folder=hit.get("folderUid") or "") for hit in found)
        return sorted(hits, key=lambda hit: hit.title)

    # --- each from its first look to its last write ---

    def _folder(self, uid: str, title: str) -> Done:
        there, denied = _found(lambda: self._face.folder.get_folder(uid))
        if there is None:
            self._make(denied, lambda: self._face.folder.create_folder(title, uid))
            return Done(kind="folder", name=title, state="created")
        if there.get("title") == title:
            return Done(kind="folder", name=title, state="unchanged")
        if self._write:
            self._face.folder.update_folder(uid, title, there.get("version"), self._force)
        return Done(kind="folder", name=title, state="changed", changes=(f"title: it was {there.get('title')}",))

    def _dashboard(self, dashboard: Mapping[str, Any], folder: str) -> Done:
        done = Done(kind="dashboard", name=str(dashboard["title"]), state="created")
        try:
            there, denied = _found(lambda: self._face.dashboard.get_dashboard(dashboard["uid"]))
        except Refusal as refusal:
            if refusal.answer.status != NOT_ACCEPTABLE or not self._force:
                raise
            self._save(None, dashboard, folder, version=0)
            return structs.replace(done, state="changed", note="it was kept in Grafana's newer format")
        if there is None:
            self._save(denied, dashboard, folder, version=0)
            return done
        known, meta = there["dashboard"], there.get("meta", {})
        moved = (meta.get("folderUid") or "") != folder
        state, lines = judged(dashboard, known, moved=moved, force=self._force)
        if meta.get("provisioned"):
            return structs.replace(done, state="kept", changes=lines)
        if state == "changed":
            self._save(None, dashboard, folder, version=known.get("version", 0))
        return structs.replace(done, state=state, changes=lines, note=_saved(known) if state == "edited" else "")

    def _save(self, denied: Refusal | None, dashboard: Mapping[str, Any], folder: str, *, version: int) -> None:
        """Write over the version that was read; another one by now: Grafana refuses, unless forced."""
        document = {
            "dashboard": {**stamped(dashboard, version + 1), "version": version},
            "folderUid": folder,
            "overwrite": self._force,
            "message": "atalaya dashboards publish",
        }
        self._make(denied, lambda: self._face.dashboard.update_dashboard(document))

    def _datasource(self, source: DataSource) -> Done:
        done = Done(kind="data source", name=source.name, state="created")
        there, denied = _found(lambda: self._face.datasource.get_datasource_by_id(_by_uid(source)))
        secret = {"password": source.password.reveal()} if source.password is not None else {}
        wanted = {"url": source.address, "user": source.user, "jsonData": dict(source.options)}
        if there is None:
            new = {"uid": source.uid, "name": source.name, "type": source.kind, "access": "proxy", "isDefault": False}
            self._make(
                denied, lambda: self._face.datasource.create_datasource({**new, **wanted, "secureJsonData": secret})
            )
            return done
        if there["type"] != source.kind:
            raise GrafanaRefused(
                f"the data source with the uid {source.uid} is one of {there['type']} ({there.get('name')}), and "
                f"dashboards look for {source.kind} by that uid; remove it in Grafana"
            )
        lines = changes(wanted, there)
        if secret and (self._force or not (there.get("secureJsonFields") or {}).get("password")):
            lines = (*lines, "password: is written again" if self._force else "password: is missing")
        if there.get("readOnly"):
            return structs.replace(done, state="kept", changes=lines)
        if lines and self._write:
            options = {**(there.get("jsonData") or {}), **source.options}
            changed = {**there, **wanted, "jsonData": options, "secureJsonData": secret}
            self._face.datasource.update_datasource(_by_uid(source), changed)
        return structs.replace(done, state="changed" if lines else "unchanged", changes=lines)

    def _annotation(self, mark: Mark) -> Done:
        done = Done(kind="annotation", name=mark.text, state="created")
        asked = self._face.annotations.get_annotation(tags=[quote(mark.own, safe="")], limit=_LIMIT)
        there = sorted((one for one in asked if mark.own in one["tags"]), key=itemgetter("id"))
        start, end, tags = _millis(mark.at), _millis(mark.until or mark.at), [mark.own, *mark.tags]
        if not there:
            self._make(None, lambda: self._face.annotations.add_annotation(None, None, start, end, tags, mark.text))
            return done
        first, *twice = there
        lines = changes(
            {"text": mark.text, "time": start, "timeEnd": end, "tags": sorted(tags)},
            {**first, "timeEnd": first.get("timeEnd") or first["time"], "tags": sorted(first["tags"])},
        )
        if lines and self._write:
            self._face.annotations.update_annotation(first["id"], start, end, tags, mark.text)
        for one in twice if self._write else ():  # two that published at once
            self._face.annotations.delete_annotations_by_id(one["id"])
        return structs.replace(done, state="changed" if lines or twice else "unchanged", changes=lines)

    def _make(self, denied: Refusal | None, make: Callable[[], object]) -> None:
        """Write what could not be found; refused as well, and looking was not allowed: that was the reason."""
        if not self._write:
            return
        try:
            make()
        except Refusal as refusal:
            if denied is not None and refusal.answer.status < FAILED and refusal.answer.status != TOO_MANY:
                raise denied from refusal
            raise

    # --- asking ---

    def _whole(self, what: str, method: Callable[[], _Result]) -> _Result:
        """Call a method, again as a whole where Grafana fails: its first look tells what an earlier call has done."""
        done: _Result = self._retrying(self._explained, what, method)
        return done

    def _explained(self, what: str, method: Callable[[], _Result]) -> _Result:
        try:
            return method()
        except Refusal as refusal:
            raise meaning(refusal.answer, what, self._address, self._organisation) from refusal
        except requests.exceptions.SSLError as error:
            msg = f"the certificate of Grafana at {self._address} is not trusted: {_reason(error)}"
            raise GrafanaDenied(msg) from error
        except requests.RequestException as error:
            msg = f"Grafana at {self._address} does not answer: {_reason(error)}"
            raise GrafanaUnavailable(msg) from error
        except (KeyError, TypeError, AttributeError) as error:
            raise GrafanaDenied(f"what Grafana at {self._address} says of {what} is not as expected") from error

    def _look_at(self, response: requests.Response, *_: object, **__: object) -> None:
        """Take what is no success out of the hands of grafana_api."""
        try:
            body = response.json()
        except ValueError:
            if (response.ok and not response.is_redirect) or response.status_code == NOT_FOUND:
                raise GrafanaDenied(
                    f"what answers at {self._address} is no Grafana; correct url of [grafana]"
                ) from None
            body = {}
        if response.ok and not response.is_redirect:
            return
        asked = f"{response.request.method} {urlsplit(response.request.url or '').path}"
        patience = response.headers.get("Retry-After", "")
        raise Refusal(
            Answer(
                status=response.status_code,
                asked=asked,
                body=body if isinstance(body, dict) else {},
                leads=response.headers.get("Location", ""),
                patience=float(patience) if patience.isdecimal() else 0.0,
            )
        )

    def _say_again(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        seconds = state.next_action.sleep if state.next_action is not None else 0.0
        self._tell(f"{error}; try {state.attempt_number + 1} of {ATTEMPTS} in {seconds:.1f} s")


def _patience(state: RetryCallState) -> float:
    """Random and growing, but never less than Grafana asks for."""
    error = state.outcome.exception() if state.outcome is not None else None
    cause = error.__cause__ if error is not None else None
    asked = cause.answer.patience if isinstance(cause, Refusal) else 0.0
    return max(_wait(state), min(asked, MOST_PATIENCE))


def _found(look: Callable[[], Any]) -> tuple[Any, Refusal | None]:
    """What is there; or None, and why looking was not allowed, if it was not."""
    try:
        return look(), None
    except Refusal as refusal:
        if refusal.answer.status == NOT_FOUND:
            return None, None
        if refusal.answer.status == FORBIDDEN:
            return None, refusal
        raise


def _by_uid(source: DataSource) -> str:
    """In the place of the number that grafana_api asks for: see above."""
    return f"uid/{source.uid}"


def _saved(dashboard: Mapping[str, Any]) -> str:
    """Why a dashboard counts as another's."""
    stamp = stamp_of(dashboard)
    if stamp is None:
        return "it was not published from here"
    return f"somebody saved it in Grafana: version {dashboard.get('version')}, published was {stamp.version}"


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)


def _reason(error: BaseException | None) -> str:
    """The innermost reason that the system gives; requests wraps it several times."""
    if isinstance(error, requests.Timeout):
        return f"nothing within {SECONDS:.0f} s"
    innermost, reason = error, type(error).__name__
    while innermost is not None:
        if isinstance(innermost, OSError) and innermost.strerror:
            reason = innermost.strerror
        innermost = innermost.__cause__ or innermost.__context__
    return reason
