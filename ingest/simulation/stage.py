"""Where one day's events are made: who says what, when, in answer to what."""

import random as randoms
from datetime import datetime, timedelta

from ingest.simulation.brands import SOURCE
from ingest.simulation.cast import Cast
from ingest.simulation.events import Event, Truth
from ingest.simulation.fresh import Recent
from ingest.simulation.grammar import grammar
from ingest.simulation.people import Person
from ingest.simulation.texts import links_in
from mentions.records import Deletion, Engagement, Kind, Label, Post

TAGGED = 16 / 17
"""Share of posts that name their language, as seen on Bluesky (a sample of 17)."""


class Stage:
    """Collects the events that begin on one day; they may end on the next.

    Attributes:
        random: the day's own draws, so that any day can be made without those before it.
        events: in the order made, not of time.
        recent: what was said on this day.
    """

    def __init__(self, seed: int | str, tag: str, day: int, start: datetime, cast: Cast) -> None:
        self.random = randoms.Random(f"{seed}/{day}").random  # noqa: S311 # an invented world, not a secret
        self.day, self.start, self.cast = day, start, cast
        self.events: list[Event] = []
        self.recent = Recent()
        self._ids = f"{tag}{day:03x}"

    def say(
        self,
        person: Person,
        text: str,
        at: datetime,
        truth: Truth,
        *,
        kind: Kind = "post",
        answers: Post | None = None,
        quotes: Post | None = None,
        title: str | None = None,
        rating: float | None = None,
    ) -> Post:
        """Have `person` write `text` at `at`."""
        random = self.random
        native_id = f"{self._ids}{len(self.events):05x}"
        post = Post(
            source=SOURCE,
            native_id=native_id,
            author=person.author,
            text=text,
            created_at=at,
            received_at=at,
            kind="reply" if answers else "quote" if quotes else kind,
            title=title,
            url=f"https://social.example/{person.author.handle}/{native_id}",
            lang=(person.tag if random() < 0.5 else person.language) if random() < TAGGED else None,
            country=person.country if random() < 0.3 else None,
            in_reply_to=answers.native_id if answers else None,
            root_id=(answers.root_id or answers.native_id) if answers else None,
            quoted_id=quotes.native_id if quotes else None,
            links=links_in(text),
            rating=rating,
            engagement=_reactions(random(), at) if random() < 0.6 else None,
        )
        self.events.append(Event(at, post, truth))
        return post

    def answer(self, post: Post, person: Person, brand: str, label: Label, truth: Truth) -> None:
        """Have the brand answer a mention, without its own name, and most people react to that."""
        random = self.random
        language = person.language if person.language == "en" else "es"
        phrases = grammar(language)
        own = self.cast.regulars[brand].own[language]
        at = post.created_at + minutes(5 + 85 * random() ** 2)
        answer = self.say(own, phrases.expand(f"answer.{label}", random), at, Truth("own"), answers=post)
        if random() < 0.6:
            glad = random() < (0.55 if label == "negative" else 0.95)
            told: Label = "positive" if glad else "negative"
            text = phrases.expand("reply.good" if glad else "reply.bad", random)
            at += minutes(2 + 55 * random())
            self.say(person, text, at, Truth(truth.story, ((brand, told),)), answers=answer)

    def repeat(self, event: Event) -> None:
        """Deliver a post a second time, as networks sometimes do."""
        self.events.append(Event(event.at + minutes(0.05 + 1.5 * self.random()), event.item, event.truth))

    def delete_post(self, post: Post) -> None:
        """Have its author delete a post some minutes or hours later."""
        at = post.created_at + minutes(3 + 300 * self.random() ** 2)
        self.events.append(
            Event(at, Deletion(source=SOURCE, at=at, why="deleted", native_id=post.native_id), Truth("deletion"))
        )

    def delete_account(self, person: Person, at: datetime, why: str) -> None:
        """Have an account disappear with all that it wrote."""
        deletion = Deletion(source=SOURCE, at=at, why=why, author_id=person.author.id)
        self.events.append(Event(at, deletion, Truth("deletion")))


def minutes(count: float) -> timedelta:
    """A span in whole milliseconds, so that times read well."""
    return timedelta(milliseconds=int(count * 60_000))


def _reactions(luck: float, at: datetime) -> Engagement:
    likes = int(1 / (1.02 - luck)) - 1  # most get none, one in fifty some thirty
    return Engagement(likes=likes, shares=likes // 4, replies=likes // 6, observed_at=at)
