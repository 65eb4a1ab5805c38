"""Settings of the periodic review: `[review]`."""

from typing import Annotated, Literal

from msgspec import Struct

from mentions.settings_brand import ZONE, Zone
from mentions.settings_schema import says
from mentions.settings_streaming import Name

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "never"]


class ReviewSettings(Struct, frozen=True, kw_only=True):
    """When `run` and `serve` publish the review of the week that ended last, and to whom it is sent."""

    weekday: Annotated[Weekday, says("The day; never: only `atalaya review --publish` publishes.")] = "monday"
    hour: Annotated[int, says("The hour of that day.", ge=0, le=23)] = 7
    time_zone: Annotated[Zone | None, says("Of day and hour; none: that of [time].", ZONE)] = None
    brands: Annotated[
        tuple[Name, ...], says("Of which brands; none: all of role own.", 'a list such as ["lumbre"]')
    ] = ()
    channels: Annotated[
        tuple[Name, ...], says("Channels that it is sent to; none: it is sent to nobody.", 'a list such as ["duty"]')
    ] = ()
