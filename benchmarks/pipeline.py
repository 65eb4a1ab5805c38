"""CPU per mention of every step of the embedded pipeline, and mentions per second end to end, on recorded mentions.

    python -m benchmarks.pipeline --data DIR

DIR holds `airline/Tweets.csv`. Steps are timed one by one over the same mentions, then the whole `replay` in one go,
collecting garbage as seldom as the verb does.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from atalaya.brand_desk import BrandDesk
from atalaya.collecting import collect_seldom
from atalaya.replay import Request, replay
from benchmarks.harness import arguments, environment, need, table
from ingest.sources.file_posts import FileOptions, read_posts
from ingest.staging import Staging
from mentions.brands import Brand
from mentions.codec import decode
from mentions.conversation import BrandMatcher
from mentions.records import Mention, Post
from mentions.settings import Settings
from processors.language import LanguageIdentifier
from processors.scoring import AT_ONCE, Judges, score
from processors.sentiment.base import Asked
from processors.sentiment.engines import open_engine
from processors.sentiment.linear import open_atalaya
from processors.store.opening import open_store
from processors.store.progress import LogPartition
from processors.ticks import TimeRules
from processors.watch import Watch

HANDLES = ("united", "VirginAmerica", "SouthwestAir", "JetBlue", "USAirways", "AmericanAir")
BRANDS = tuple(Brand(name=handle, query=f"@{handle}") for handle in HANDLES)
COLUMNS = {"text": "text", "author.id": "name", "created_at": "tweet_created"}
BUDGETS = {
    "match, per hit": 20,
    "decode": 3,
    "language, tagged": 25,
    "language, untagged": 80,
    "sentiment, vader-fixed": 40,
    "sentiment, atalaya": 40,
    "store + fold": 60,
}
"""CPU-us per mention that the project allows itself."""
BATCH = 500
T = TypeVar("T")


def cpu_us(work: Callable[[], object], count: int) -> float:
    """CPU microseconds of `work` per one of `count`."""
    started = time.process_time()
    work()
    return (time.process_time() - started) / count * 1e6


def each(work: Callable[[T], object], items: Sequence[T]) -> None:
    """Do something with each item and keep nothing, as the pipeline does."""
    for item in items:
        work(item)


def measure(data: Path) -> None:
    """Print the table of steps and the run as a whole."""
    path = need(data / "airline" / "Tweets.csv")
    options = FileOptions(columns=COLUMNS)
    posts = [item for _, item in read_posts(str(path), options) if isinstance(item, Post)]
    with tempfile.TemporaryDirectory(prefix="atalaya-bench-") as folder:
        rows = [
            (name, f"{value:.1f}", str(BUDGETS[name]))
            for name, value in _steps(posts, path, options, Path(folder)).items()
        ]
        table(("step", "CPU-us per mention", "budget"), rows)
        _whole(path, options, Path(folder))


def _steps(posts: Sequence[Post], path: Path, options: FileOptions, folder: Path) -> dict[str, float]:
    matcher = BrandMatcher([(brand, 1) for brand in BRANDS])
    found: dict[str, float] = {}
    hits = sum(len(matcher.hits(post)) for post in posts)  # warm
    found["match, per hit"] = cpu_us(lambda: each(matcher.hits, posts), hits)
    with open_store(str(folder / "steps.sqlite")) as store:
        desk = BrandDesk(store)
        desk.seed(BRANDS, datetime.now(UTC))
        staging = Staging(folder / "steps.staging", "bench")
        list(staging.stage(item for _, item in read_posts(str(path), options)))
        list(staging.order(desk.matcher(), timedelta(seconds=30)))
        entries = staging.outbox.read(0, 1_000_000)
        payloads = [payload for _, payload in entries if b'"record":"mention.v1"' in payload]
        found["decode"] = cpu_us(lambda: each(decode, payloads), len(payloads))
        mentions = [event for event in map(decode, payloads) if isinstance(event, Mention)]
        found |= _judging([mention.post.full_text for mention in mentions])
        judges = Judges(LanguageIdentifier(("en",)), open_engine("atalaya"))
        batches = [
            score(entries[at : at + BATCH], desk.book(), judges, datetime.now(UTC)).batch()
            for at in range(0, len(entries), BATCH)
        ]
        count = sum(len(batch.mentions) for batch in batches)
        watch = Watch(store, LogPartition("bench"), TimeRules())
        watch.take_over()
        found["store + fold"] = cpu_us(lambda: [watch.process(batch, datetime.now(UTC)) for batch in batches], count)
        staging.remove()
    return found


def _judging(texts: Sequence[str]) -> dict[str, float]:
    languages, fixed = LanguageIdentifier(("en", "es", "pt", "fr", "de", "it")), open_engine("vader-fixed")
    engine = open_atalaya()
    languages.identify("load the model before the clock starts", None)
    return {
        "language, tagged": cpu_us(lambda: each(lambda text: languages.identify(text, "en"), texts), len(texts)),
        "language, untagged": cpu_us(lambda: each(lambda text: languages.identify(text, None), texts), len(texts)),
        "sentiment, vader-fixed": cpu_us(lambda: each(lambda text: fixed.judge(text, "en"), texts), len(texts)),
        "sentiment, atalaya": cpu_us(lambda: each(engine.judge_all, _together(texts)), len(texts)),
    }


def _together(texts: Sequence[str]) -> list[list[Asked]]:
    """Texts as SCORE asks for them."""
    asked: list[Asked] = [(text, "en", None) for text in texts]
    return [asked[at : at + AT_ONCE] for at in range(0, len(asked), AT_ONCE)]


def _whole(path: Path, options: FileOptions, folder: Path) -> None:
    collect_seldom()
    request = Request(inputs=(str(path),), brands=BRANDS, options=options, settings=Settings())
    spent: dict[str, float] = {}
    with open_store(str(folder / "whole.sqlite")) as store:
        wall, cpu = time.perf_counter(), time.process_time()
        outcome = replay(request, store, lambda phase, *_: spent.update({phase: time.process_time() - cpu}))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"\nreplay: {outcome.new:,} mentions in {wall:.2f} s: {outcome.new / wall:,.0f}/s, "
        f"{cpu / outcome.new * 1e6:.0f} CPU-us per mention, reading, sorting, matching and judging included"
    )
    before = 0.0
    for phase, until in spent.items():
        print(f"  {phase}: {(until - before) / outcome.new * 1e6:.0f} CPU-us per mention")
        before = until


if __name__ == "__main__":
    environment()
    measure(arguments(__doc__).parse_args().data)
