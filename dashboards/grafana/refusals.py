"""What an answer of Grafana that is no success means, and what to do about it. Pure.

Grafana says `message` always, `messageId` and `statusCode` where the failure has a name, `status` with 412.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from mentions.errors import AtalayaError, GrafanaDenied, GrafanaRefused, GrafanaUnavailable

UNKNOWN, FORBIDDEN, NOT_FOUND, NOT_ACCEPTABLE, CONFLICT, PRECONDITION = 401, 403, 404, 406, 409, 412
TOO_MANY, FAILED = 429, 500
_OVERWRITE = "look at the difference by --diff; --force overwrites it"
_BY_STATUS = {
    "version-mismatch": f"somebody saved it in Grafana at this very moment; {_OVERWRITE}",
    "name-exists": "another one of this name is in the folder; rename that one, or set [grafana] folder to another",
    "plugin-dashboard": "it belongs to a plug-in of Grafana, which alone may change it",
}


class Answer(Struct, frozen=True, kw_only=True):
    """An answer with a status of 300 or more.

    Attributes:
        asked: method and path. body: what came as a JSON object; empty: something else came.
        leads: where a redirection leads. patience: seconds that Grafana asks to be left alone.
    """

    status: int
    asked: str
    body: Mapping[str, Any] = {}
    leads: str = ""
    patience: float = 0.0

    @property
    def said(self) -> str:
        """Grafana's own words, one line, not too long."""
        return " ".join(str(self.body.get("message") or "no word why").split())[:300]


class Refusal(Exception):  # it is no error yet: who asked may know better
    """An answer that was no success, for those who know what it means here."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(f"{answer.status} to {answer.asked}")


def meaning(answer: Answer, what: str, address: str, organisation: int = 0) -> AtalayaError:
    """The error that tells a person what is wrong and what would be right.

    Args:
        what: the thing that was asked for, as people know it: `dashboard "Weekly"`. address: Grafana's.
    """
    status, said = answer.status, answer.said
    if status == TOO_MANY or status >= FAILED:
        return GrafanaUnavailable(f"Grafana at {address} cannot now: it answers {status} ({said}) to {answer.asked}")
    if status < 400:
        return GrafanaDenied(
            f"Grafana at {address} sends us on to {answer.leads}; write its own address as url of [grafana]"
        )
    if status == UNKNOWN:
        return GrafanaDenied(_unknown(answer, address, organisation))
    if status == FORBIDDEN and "read-only" not in said:
        role = (
            "Admin, or set data sources up by hand and leave them out of [grafana]"
            if "data source" in what
            else "Editor"
        )
        return GrafanaDenied(
            f"the token may not touch {what} in Grafana at {address}: {said}; give its service account the role {role}"
        )
    if status == NOT_FOUND:
        return GrafanaDenied(
            f"Grafana at {address} does not know {answer.asked} ({said}); check the path in url of [grafana], and that "
            "it is Grafana 11 to 13"
        )
    return GrafanaRefused(f"{what}: {_why(answer)}")


def _unknown(answer: Answer, address: str, organisation: int) -> str:
    if answer.body.get("messageId") == "api-key.organization-mismatch":
        return (
            f"Grafana at {address} says that the token is of another organisation than {organisation}; a token is of "
            "one only: take one from a service account there, or correct organisation of [grafana]"
        )
    return (
        f"Grafana at {address} does not accept the token ({answer.said}); give that of a service account by "
        'ATALAYA_GRAFANA_TOKEN, or by token = "file:PATH" of [grafana]'
    )


def _why(answer: Answer) -> str:
    """The end of a sentence that begins with what was asked for."""
    said, status = answer.said, answer.status
    if status == NOT_ACCEPTABLE:
        return (
            f"Grafana keeps it in a newer format (v2), which this way of asking cannot read ({said}); it was saved by "
            "hand; --force overwrites it"
        )
    if status == PRECONDITION and answer.body.get("status") in _BY_STATUS:
        return f"{_BY_STATUS[answer.body['status']]} ({said})"
    if "provisioned" in said or "read-only" in said:
        return f"Grafana is given it by files, which alone may change it ({said})"
    if status == CONFLICT:
        return f"another one of this name or uid is there ({said}); rename or remove that one"
    return f"Grafana refuses it with {status}: {said}"
