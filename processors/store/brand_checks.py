"""What a brand must be before it may enter the store: every process would otherwise stumble over it."""

from zoneinfo import ZoneInfo

import msgspec

from mentions.brands import Brand
from mentions.codec import scrub
from mentions.errors import SettingsError
from mentions.metric_names import OTHER
from mentions.query import parse_query
from mentions.settings_brand import BrandSettings
from mentions.settings_reading import shown
from mentions.settings_schema import entries


def check_brand(brand: Brand) -> None:
    """Hold a brand to the rules of a `[[brand]]` section, its query to those of the query language.

    Raises:
        SettingsError: names the key, what was found and what is allowed.
        QueryError: the query cannot be understood; shows where.
    """
    try:
        msgspec.json.encode(brand)
    except UnicodeEncodeError as error:
        raise _refusal(brand, "query", "a text of its holds half a character; write it anew") from error
    for entry in entries("brand", BrandSettings):
        value = getattr(brand, entry.key)
        try:
            msgspec.convert(value, entry.type)
        except msgspec.ValidationError as error:
            raise _refusal(brand, entry.key, f"write {entry.allowed}") from error
    if brand.name == OTHER:
        raise _refusal(brand, "name", "it is the sum of unknown brands in metrics; choose another name")
    try:
        ZoneInfo(brand.time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise _refusal(brand, "time_zone", 'write an IANA time zone, such as "Europe/Madrid" or "UTC"') from error
    parse_query(brand.query)


def _refusal(brand: Brand, key: str, allowed: str) -> SettingsError:
    return SettingsError(
        scrub(f"brand {shown(brand.name)}"), key, scrub(f"found {shown(getattr(brand, key))}"), allowed
    )
