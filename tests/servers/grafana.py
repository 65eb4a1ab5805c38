"""A stand-in for Grafana's HTTP API, with the paths, bodies and failures of Grafana 12 and 13 as they are documented.

It keeps what it is given as Grafana does: it counts versions, moves the schema on, adds keys of its own, and forgets no
annotation. What Grafana 13 has no more (data sources by number, folders by number) is not there either.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKENS = {"glsa_admin": "Admin", "glsa_editor": "Editor", "glsa_viewer": "Viewer"}
BUILT_IN = {
    "builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard",
}  # fmt: skip
Answer = tuple[int, Any]


@dataclass(slots=True)
class Fault:
    """How a request fails. `after`: it is done, and its answer is lost. `status` 0: the connection is closed."""

    status: int = 0
    after: bool = False
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class GrafanaStub:
    """What it holds. `port` is set once it listens.

    Attributes:
        faults: of the next requests, one each; None: that one succeeds. asked: what came, `POST /api/folders`.
        meanwhile: is called between the doing and the answer of each request, with what was asked.
        fail_closed: folders that are not there answer 403 to who is no administrator, as in Grafana 13.
    """

    port: int = 0
    prefix: str = ""
    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    dashboards: dict[str, dict[str, Any]] = field(default_factory=dict)
    datasources: dict[str, dict[str, Any]] = field(default_factory=dict)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[str], None] = lambda _: None
    fail_closed: bool = True
    numbers: int = 0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    @property
    def writes(self) -> list[str]:
        """What was asked that changes something."""
        return [asked for asked in self.asked if not asked.startswith("GET")]

    def saved_by_hand(self, uid: str, **changes: Any) -> None:
        """Do what somebody does in the browser: change a dashboard and save it."""
        there = self.dashboards[uid]
        there["dashboard"] = {**there["dashboard"], **changes}
        there["version"] += 1

    def answer(self, method: str, path: str, asked: dict[str, list[str]], body: Any, headers: dict[str, str]) -> Answer:
        """Answer one request."""
        role = TOKENS.get(headers.get("authorization", "").removeprefix("Bearer "))
        if path == "/api/health":
            return 200, {"database": "ok", "version": "13.0.1", "commit": "0123abc"}
        if role is None:
            return 401, _named("api-key.invalid", "Invalid API key", 401)
        if headers.get("x-grafana-org-id", "1") != "1":
            words = "API key does not belong to the requested organization"
            return 401, _named("api-key.organization-mismatch", words, 401)
        for verb, pattern, do in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found is not None and verb == method:
                return do(self, role, [unquote(part) for part in found.groups()], asked, body)
        return 404, {"message": "Not found", "traceID": ""}

    # --- folders ---

    def get_folder(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """GET /api/folders/:uid."""
        if parts[0] in self.folders:
            return 200, self.folders[parts[0]]
        if self.fail_closed and role != "Admin":
            return _forbidden("folders:read")
        return 404, _named("folder.not-found", "folder not found", 404)

    def add_folder(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """POST /api/folders."""
        if role == "Viewer":
            return _forbidden("folders:create")
        if body["uid"] in self.folders:
            return 412, {"message": "a folder with the same uid already exists", "status": "version-mismatch"}
        self.folders[body["uid"]] = {"id": self._number(), "uid": body["uid"], "title": body["title"], "version": 1}
        return 200, self.folders[body["uid"]]

    def change_folder(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """PUT /api/folders/:uid."""
        there = self.folders[parts[0]]
        if body.get("version") != there["version"] and not body.get("overwrite"):
            return 412, {"message": "The folder has been changed by someone else", "status": "version-mismatch"}
        there.update(title=body["title"], version=there["version"] + 1)
        return 200, there

    # --- dashboards ---

    def get_dashboard(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """GET /api/dashboards/uid/:uid: the JSON as it was moved on, the version that Grafana counts, and `meta`."""
        there = self.dashboards.get(parts[0])
        if there is None:
            return 404, {"message": "Dashboard not found", "traceID": ""}
        if there.get("v2"):
            path = f"/apis/dashboard.grafana.app/v2/namespaces/default/dashboards/{parts[0]}"
            return 406, {"message": f"dashboard api version not supported, use {path} instead", "traceID": ""}
        notes = there["dashboard"].get("annotations", {}).get("list", [])
        document = {
            **there["dashboard"], "id": there["id"], "version": there["version"], "schemaVersion": 42,
            "annotations": {"list": [BUILT_IN, *notes]}, "preload": False,
        }  # fmt: skip
        meta = {
            "isStarred": False, "folderUid": there["folder"], "version": there["version"],
            "provisioned": there.get("provisioned", False), "url": f"/d/{parts[0]}/x", "canSave": role != "Viewer",
        }  # fmt: skip
        return 200, {"dashboard": document, "meta": meta}

    def save_dashboard(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """POST /api/dashboards/db."""
        if role == "Viewer":
            return _forbidden("dashboards:create")
        document, folder = body["dashboard"], body.get("folderUid", "")
        there = self.dashboards.get(document["uid"])
        if folder not in self.folders:
            return 400, {"message": "folder not found", "traceID": ""}
        if there is not None and there.get("provisioned"):
            return 400, {"message": "Cannot save provisioned dashboard", "traceID": ""}
        if there is not None and document.get("version", 0) != there["version"] and not body["overwrite"]:
            return 412, {"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}
        version = 1 if there is None else there["version"] + 1
        number = self._number() if there is None else there["id"]
        self.dashboards[document["uid"]] = {
            "id": number, "folder": folder, "version": version,
            "dashboard": {key: value for key, value in document.items() if key not in ("id", "version")},
        }  # fmt: skip
        slug = re.sub(r"[^a-z]+", "-", document["title"].lower())
        return 200, {
            "id": number, "uid": document["uid"], "url": f"/d/{document['uid']}/{slug}", "status": "success",
            "version": version, "slug": slug, "folderUid": folder,
        }  # fmt: skip

    def search(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """GET /api/search."""
        tags = asked.get("tag", [])
        return 200, [
            {
                "id": there["id"], "uid": uid, "title": there["dashboard"]["title"], "uri": "db/x",
                "url": f"/d/{uid}/x", "type": "dash-db", "tags": there["dashboard"].get("tags", []), "isStarred": False,
                "folderUid": there["folder"],
            }
            for uid, there in self.dashboards.items()
            if set(tags) <= set(there["dashboard"].get("tags", []))
        ]  # fmt: skip

    # --- data sources ---

    def get_datasource(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """GET /api/datasources/uid/:uid; secrets are named, never shown."""
        if role != "Admin":
            return _forbidden("datasources:read")
        there = self.datasources.get(parts[0])
        return (200, _shown(there)) if there is not None else (404, {"message": "Data source not found", "traceID": ""})

    def add_datasource(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """POST /api/datasources."""
        if role != "Admin":
            return _forbidden("datasources:create")
        if body["name"] in {one["name"] for one in self.datasources.values()}:
            return 409, {"message": "data source with the same name already exists", "traceID": ""}
        if body["uid"] in self.datasources:
            return 409, {"message": "data source with the same uid already exists", "traceID": ""}
        made = {"id": self._number(), "orgId": 1, "version": 1, "readOnly": False, "basicAuth": False, **body}
        self.datasources[body["uid"]] = made
        return 200, {"datasource": _shown(made), "id": made["id"], "message": "Datasource added", "name": made["name"]}

    def change_datasource(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """PUT /api/datasources/uid/:uid; secrets that are not given stay."""
        there = self.datasources[parts[0]]
        if there["readOnly"]:
            return 403, {"message": "Cannot update read-only data source", "traceID": ""}
        secrets = {**there.get("secureJsonData", {}), **(body.get("secureJsonData") or {})}
        there.update(body, secureJsonData=secrets, version=there["version"] + 1)
        said = {"id": there["id"], "message": "Datasource updated", "name": there["name"]}
        return 200, {"datasource": _shown(there), **said}

    # --- annotations ---

    def find_annotations(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """GET /api/annotations: those that have all tags."""
        found = [one for one in self.annotations if set(asked.get("tags", [])) <= set(one["tags"])]
        return 200, sorted(found, key=lambda one: -one["time"])[: int(asked.get("limit", ["100"])[0])]

    def add_annotation(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """POST /api/annotations; a moment ends when it begins."""
        if role == "Viewer":
            return _forbidden("annotations:create")
        if not body["text"]:
            return 400, {"message": "Failed to save annotation", "traceID": ""}
        made = {"id": self._number(), "userId": 0, "userName": "", "data": {}, **_annotation(body)}
        self.annotations.append(made)
        return 200, {"message": "Annotation added", "id": made["id"]}

    def change_annotation(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """PUT /api/annotations/:id."""
        there = next(one for one in self.annotations if one["id"] == int(parts[0]))
        there.update(_annotation(body))
        return 200, {"message": "Annotation updated"}

    def drop_annotation(self, role: str, parts: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """DELETE /api/annotations/:id."""
        self.annotations = [one for one in self.annotations if one["id"] != int(parts[0])]
        return 200, {"message": "Annotation deleted"}

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers


_ROUTES: list[tuple[str, str, Callable[[GrafanaStub, str, list[str], dict[str, list[str]], Any], Answer]]] = [
    ("GET", r"/api/folders/([^/]+)", GrafanaStub.get_folder),
    ("POST", r"/api/folders", GrafanaStub.add_folder),
    ("PUT", r"/api/folders/([^/]+)", GrafanaStub.change_folder),
    ("GET", r"/api/dashboards/uid/([^/]+)", GrafanaStub.get_dashboard),
    ("POST", r"/api/dashboards/db", GrafanaStub.save_dashboard),
    ("GET", r"/api/search/?", GrafanaStub.search),
    ("GET", r"/api/datasources/uid/([^/]+)", GrafanaStub.get_datasource),
    ("POST", r"/api/datasources", GrafanaStub.add_datasource),
    ("PUT", r"/api/datasources/uid/([^/]+)", GrafanaStub.change_datasource),
    ("GET", r"/api/annotations", GrafanaStub.find_annotations),
    ("POST", r"/api/annotations", GrafanaStub.add_annotation),
    ("PUT", r"/api/annotations/(\d+)", GrafanaStub.change_annotation),
    ("DELETE", r"/api/annotations/(\d+)", GrafanaStub.drop_annotation),
]


def _named(name: str, words: str, status: int) -> dict[str, Any]:
    return {"extra": None, "message": words, "messageId": name, "statusCode": status, "traceID": ""}


def _forbidden(needed: str) -> Answer:
    words = f"You'll need additional permissions to perform this action. Permissions needed: {needed}"
    return 403, {"accessErrorId": "ACE0577385389", "message": words, "title": "Access denied"}


def _shown(source: dict[str, Any]) -> dict[str, Any]:
    secrets = dict.fromkeys(source.get("secureJsonData") or {}, True)
    return {**{key: value for key, value in source.items() if key != "secureJsonData"}, "secureJsonFields": secrets}


def _annotation(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "time": body["time"],
        "timeEnd": body["timeEnd"] or body["time"],
        "text": body["text"],
        "tags": body["tags"],
    }


@contextmanager
def grafana_stub(prefix: str = "") -> Iterator[GrafanaStub]:
    """A Grafana on 127.0.0.1, below a path if one is given; empty at first."""
    stub = GrafanaStub(prefix=prefix)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body leave together: apart, each answer waits 40 ms for an acknowledgement

        def _serve(self) -> None:
            given = self.rfile.read(int(self.headers.get("content-length", 0)))
            parts = urlsplit(self.path)
            stub.asked.append(f"{self.command} {parts.path.removeprefix(prefix)}")
            fault = stub.faults.pop(0) if stub.faults else None
            status, said = 404, "<html><title>no such page: this message is of a proxy</title></html>"
            if (fault is None or fault.after) and parts.path.startswith(prefix):
                headers = {name.lower(): value for name, value in self.headers.items()}
                path, asked = parts.path.removeprefix(prefix), parse_qs(parts.query)
                status, said = stub.answer(self.command, path, asked, json.loads(given or b"null"), headers)
            stub.meanwhile(stub.asked[-1])
            if fault is not None and fault.status == 0:
                self.close_connection = True
                return
            if fault is not None:
                status, said = fault.status, fault.body
            self._say(status, said, fault.headers if fault is not None else {})

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 # the names that http.server looks for

        def _say(self, status: int, said: Any, headers: dict[str, str]) -> None:
            text = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/html" if isinstance(said, str) else "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that is killed is what some tests are about
    stub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def main() -> None:
    """Serve until interrupted, to try things by hand: `python -m tests.servers.grafana`; the token is `glsa_admin`."""
    with grafana_stub() as stub:
        print(stub.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
