"""Settings of `atalaya dashboards publish` and `annotate`: `[grafana]`."""

from typing import Annotated, Literal

from msgspec import Struct

from mentions.settings_channels import PublicAddress
from mentions.settings_schema import Secret, says
from mentions.settings_streaming import Address, Name


class GrafanaSettings(Struct, frozen=True, kw_only=True):
    """The Grafana that `atalaya dashboards publish` and `annotate` write to."""

    url: Annotated[
        PublicAddress | None,
        says("Where it answers, with the path below which it is served, if any.", "an http:// or https:// address"),
    ] = None
    token: Annotated[Secret | None, says("Of a service account of that Grafana.", '"file:PATH"')] = None
    organisation: Annotated[int, says("Its number, to be sure; 0: whichever the token is of.", ge=0)] = 0
    folder: Annotated[
        Name | None, says("The folder's title; none: Atalaya, in Spanish Atalaya (español).", "a title")
    ] = None
    language: Annotated[Literal["en", "es"], says("Of the dashboards and annotations.")] = "en"
    prometheus: Annotated[
        PublicAddress | None,
        says(
            "Prometheus, as Grafana reaches it; none: Grafana's own data source is used.",
            "an http:// or https:// address",
        ),
    ] = None
    store_host: Annotated[
        Address | None, says("PostgreSQL, as Grafana reaches it; none: as [store] has it.", "an address as host:port")
    ] = None
    store_user: Annotated[
        Name, says("Who reads the store for Grafana, whose viewers can ask anything: a user that can only read.")
    ] = "reader"
    store_password: Annotated[
        Secret | None, says("Of that user; none: no data source for the store is written.", '"file:PATH"')
    ] = None
