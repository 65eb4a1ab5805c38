"""Why something that a source sent did not become a mention. Closed: a new reason is added here and nowhere else."""

from enum import StrEnum


class Drop(StrEnum):
    """One reason each; `SENTENCES` says it to a person."""

    NOT_JSON = "not_json"
    NOT_A_POST = "not_a_post"
    UNKNOWN_KIND = "unknown_kind"
    NO_TEXT = "no_text"
    NO_TIME = "no_time"
    BAD_FIELD = "bad_field"
    TOO_LARGE = "too_large"
    ACCOUNT_STATE = "account_state"
    EDIT_IGNORED = "edit_ignored"
    UNMATCHED = "unmatched"
    DUPLICATE = "duplicate"
    DELETION_UNKNOWN = "deletion_unknown"
    SOURCE_ERROR = "source_error"
    CORRUPT = "corrupt"
    UNKNOWN_RECORD = "unknown_record"
    FAILED = "failed"


SENTENCES: dict[Drop, str] = {
    Drop.NOT_JSON: "It could not be read as the format that this source speaks.",
    Drop.NOT_A_POST: "It is of a kind that is never a post, such as a like, a follow or a profile change.",
    Drop.UNKNOWN_KIND: "Its kind is unknown to this version.",
    Drop.NO_TEXT: "It has no words to match or judge.",
    Drop.NO_TIME: "It has no usable time, and its source needs one.",
    Drop.BAD_FIELD: "A field that is needed has the wrong type or is missing.",
    Drop.TOO_LARGE: "It is larger than the size limit of its source.",
    Drop.ACCOUNT_STATE: "It reports the state of an account that is neither a post nor a deletion.",
    Drop.EDIT_IGNORED: "It changes a post that is already stored; the first version is kept.",
    Drop.UNMATCHED: "No brand's query matches it and it belongs to no brand's conversation.",
    Drop.DUPLICATE: "It had already arrived.",
    Drop.DELETION_UNKNOWN: "It deletes something that was never forwarded.",
    Drop.SOURCE_ERROR: "The source itself answered with an error instead of data.",
    Drop.CORRUPT: "Our own log held bytes that are no valid record.",
    Drop.UNKNOWN_RECORD: "Our own log held a record of a newer kind or version.",
    Drop.FAILED: "Our own code failed on it again and again; it is kept as a dead letter.",
}

UNUSABLE = frozenset(
    {Drop.NOT_JSON, Drop.NO_TEXT, Drop.NO_TIME, Drop.BAD_FIELD, Drop.TOO_LARGE, Drop.CORRUPT, Drop.SOURCE_ERROR}
)
"""Reasons that mean damaged input; the others are the ordinary noise of a healthy source."""

DEAD_REASONS = frozenset({Drop.TOO_LARGE, Drop.CORRUPT, Drop.UNKNOWN_RECORD, Drop.FAILED})
"""Reasons of dead letters. A record of a newer kind is no sign of damage; the others are (`max_invalid_ratio`)."""
