"""The tables of what people write: never derived, never touched by recomputation or re-import."""

from sqlalchemy import Boolean, Column, Index, Integer, SmallInteger, Table, Text

from processors.store.metadata import metadata
from processors.store.types import Instant, Key

brands = Table(
    "brands",
    metadata,
    Column("name", Key, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("definition", Text, nullable=False, comment="JSON of mentions.brands.Brand"),
    Column("effective_from", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Key, nullable=False),
    Column("why", Text, nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("seed", Key, comment="digest of the configuration that this version was seeded from"),
)

mention_work = Table(
    "mention_work",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("id", Key, primary_key=True),
    Column("status", Key, nullable=False, comment="new, open, waiting, answered, answered_private, ignored"),
    Column("assignee", Key),
    Column("tags", Text, nullable=False, comment="JSON list"),
    Column("priority", SmallInteger, nullable=False),
    Column("relevant", Boolean),
    Column("relevant_why", Text),
    Column("changed_at", Instant, nullable=False),
)

work_events = Table(
    "work_events",
    metadata,
    Column("event_id", Key, primary_key=True),
    Column("brand", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("what", Key, nullable=False, comment="the column changed, or note"),
    Column("before", Text),
    Column("after", Text),
    Index(None, "brand", "id", "at"),
    comment="Append-only: every change of mention_work.",
)

labels = Table(
    "labels",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("text_key", Key, primary_key=True, comment="the mention's id, or sha256: of the text"),
    Column("label", Key, nullable=False),
    Column("text", Text),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("lang", Key, comment="of the text, where it is known"),
    Column("via", Key, comment="how it was written: a file's name, the command line"),
    comment="What people say that a text feels; the last word on each (brand, text).",
)

label_events = Table(
    "label_events",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("text_key", Key, primary_key=True),
    Column("rev", Integer, primary_key=True, autoincrement=False),
    Column("label", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("via", Key),
    comment="Append-only: every label that was ever given.",
)

layers = Table(
    "layers",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("engine_version", Key, nullable=False, comment="of the engine that it was trained over"),
    Column("trained_at", Instant, nullable=False),
    Column("trained_by", Key, nullable=False),
    Column("labels", Integer, nullable=False, comment="how many it was trained on"),
    Column("evaluation", Text, nullable=False, comment="JSON: macro-F1 without and with it, by cross-validation"),
    Column("weights", Text, nullable=False, comment="JSON of mentions.layers.Layer"),
    comment="What was learned from a brand's labels; a version never changes.",
)

layer_choices = Table(
    "layer_choices",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("rev", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False, comment="0: the engine alone"),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("why", Text, nullable=False),
    comment="Append-only: which layer a brand is judged with; the last one counts.",
)

alert_events = Table(
    "alert_events",
    metadata,
    Column("event_id", Key, primary_key=True),
    Column("alert", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("what", Key, nullable=False, comment="acknowledged, note, rated"),
    Column("text", Text, comment="of a note; of a rating: useful, false or late"),
    Index(None, "alert", "at"),
    comment="Append-only: what people said of alerts.",
)

mutes = Table(
    "mutes",
    metadata,
    Column("mute_id", Key, primary_key=True),
    Column("brand", Key, comment="null: every brand"),
    Column("kind", Key, comment="of alerts; null: every kind"),
    Column("term", Key, comment="an alert whose explanation holds it; null: any"),
    Column("story", Key, comment="the subject of an alert; null: any"),
    Column("until", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("why", Text, nullable=False),
    comment="What is not to be told for a while; ended early by an earlier `until`.",
)

author_events = Table(
    "author_events",
    metadata,
    Column("event_id", Key, primary_key=True),
    Column("brand", Key, nullable=False),
    Column("source", Key, nullable=False),
    Column("author_id", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("what", Key, nullable=False, comment="thanked or note"),
    Column("text", Text),
    Index(None, "brand", "source", "author_id"),
    comment="Append-only: thanks given to authors, and notes on them; they go when the author is erased.",
)

reviews = Table(
    "reviews",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("period", Key, primary_key=True, comment="2026-W47, 2026-11, 2026-Q4, or two days"),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("format", Key, nullable=False, comment="version of the figures' formulas"),
    Column("figures", Text, nullable=False, comment="JSON object: figure to number or null; names nobody"),
    comment="Published reviews: figures frozen as they were, without names or words of anybody.",
)

actions = Table(
    "actions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("brand", Key, nullable=False),
    Column("text", Text, nullable=False, comment="what the team does"),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False, comment="half-open"),
    Column("indicator", Key, nullable=False, comment="the figure of the review that it is meant to move"),
    Column("rules", Text, nullable=False, comment="JSON list: rules of social media optimisation that it serves"),
    Column("added_at", Instant, nullable=False),
    Column("added_by", Key, nullable=False),
    Index(None, "brand", "since"),
    comment="Append-only: what the team does for a brand; how it ended is in action_events.",
)

action_events = Table(
    "action_events",
    metadata,
    Column("event_id", Key, primary_key=True),
    Column("action", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("what", Key, nullable=False, comment="done or dropped; the last one counts"),
    Column("text", Text, comment="the closing word"),
    Index(None, "action", "at"),
    comment="Append-only: how actions ended.",
)

rule_words = Table(
    "rule_words",
    metadata,
    Column("event_id", Key, primary_key=True),
    Column("brand", Key, nullable=False),
    Column("rule", SmallInteger, nullable=False, comment="1 to 16"),
    Column("day", Key, nullable=False, comment="ISO date that it is about, in the brand's time zone"),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "brand", "rule", "day"),
    comment="Append-only: the team's own word on a rule of social media optimisation.",
)
