"""`atalaya label`: what people say that mentions feel, and the layer that is learned from it for each brand."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options, telling

if TYPE_CHECKING:
    from atalaya.coaching import Lesson
    from mentions.layers import BrandLayer
    from processors.sentiment.layer_evaluation import Evaluation
    from processors.store.opening import Store

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Correct the sentiment: write labels, and learn from them for each brand.",
    epilog="Example: atalaya label export --doubtful --brand lumbre > to-label.csv",
)
Brand = Annotated[str | None, typer.Option("--brand", help="The brand; not needed where only one has labels.")]


@app.command("import")
def import_labels(
    path: Annotated[str, typer.Argument(metavar="FILE", help="CSV or JSON Lines; - for standard input.")],
    brand: Annotated[str | None, typer.Option("--brand", help="Of rows that name none.")] = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> int:
    """Take labels from a file with id_or_text,label,brand. Rows with an empty label are left for later."""
    from atalaya.label_files import read_labels
    from atalaya.labelling import take_labels
    from mentions.errors import Unavailable

    try:
        document = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise Unavailable(f"{path}: cannot be read: {error.strerror}") from error
    name = "standard input" if path == "-" else Path(path).name
    rows = list(read_labels(document, name, brand))
    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        taken = take_labels(connection, rows, who=telling.who(), via=name, now=options.now())
    for unfit in taken.unfit:
        typer.echo(f"{name}:{unfit.line}: {unfit.why}", err=True)
    for named, count in sorted(taken.labels.items()):
        typer.echo(f"{named}: {count} labels taken")
    left = f"; {taken.blank} rows have no label yet" if taken.blank else ""
    typer.echo(f"{sum(taken.labels.values())} labels taken, {len(taken.unfit)} rows could not be used{left}", err=True)
    return 4 if taken.unfit else 0


@app.command(epilog="Example: atalaya label add bluesky:at://... negative --brand lumbre")
def add(
    what: Annotated[str, typer.Argument(metavar="ID_OR_TEXT", help="Id of a stored mention, or a text.")],
    label: Annotated[str, typer.Argument(help="positive, neutral or negative.")],
    brand: Annotated[str, typer.Option("--brand", help="The brand that it is about.")],
    lang: Annotated[str | None, typer.Option("--lang", help="Language of a text (ISO 639-1).")] = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Label one mention or text; a later label takes the place of an earlier one."""
    from atalaya.label_files import labelled
    from atalaya.labelling import take_labels
    from mentions.errors import UsageError

    row = labelled({"id_or_text": what, "label": label, "brand": brand, "lang": lang})
    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        taken = take_labels(connection, [row], who=telling.who(), via="label add", now=options.now())
    if taken.unfit:
        raise UsageError(taken.unfit[0].why)
    if taken.blank:
        raise UsageError("label: found nothing; positive, neutral, negative are right")
    typer.echo(f"{brand}: 1 label taken")


@app.command(epilog="Example: atalaya label export --doubtful --brand lumbre --limit 50 > to-label.csv")
def export(
    brand: Brand = None,
    doubtful: Annotated[
        bool, typer.Option("--doubtful", help="Mentions without a label, those first that the engine doubts most.")
    ] = False,
    since: options.Since = None,
    limit: options.Limit = 50,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    as_jsonl: options.AsJsonl = False,
    as_csv: options.AsCsv = False,
    as_xlsx: options.AsXlsx = False,
    lang: options.Lang = "en",
) -> None:
    """Write labels as CSV that `import` reads; or with --doubtful (--limit, --since) a list to be labelled."""
    from atalaya.labelling import LABELLED, TO_LABEL, doubtful_mentions, labels_as_rows
    from atalaya.verbs.showing import chosen_format, language, nothing
    from atalaya.verbs.showing import export as write

    start = options.moment(since, "--since", options.now())
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        if doubtful:
            rows, columns = doubtful_mentions(connection, brand, start, limit), TO_LABEL
        else:
            rows, columns = labels_as_rows(connection, brand), LABELLED
    form = chosen_format(json=as_json, jsonl=as_jsonl, csv=as_csv, xlsx=as_xlsx) or "csv"
    write(rows, columns, form, lang=language(lang))
    if not rows:
        nothing("No mention without a label fits." if doubtful else "No labels yet; `--doubtful` lists what to label.")


@app.command(epilog="Example: atalaya label evaluate --brand lumbre")
def evaluate(
    brand: Brand = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say by cross-validation what a layer would be worth: macro-F1 without and with it. Changes nothing."""
    lesson, found = _tried(brand, store, config)
    if as_json:
        from atalaya.exports import write_document

        facts = {"brand": lesson.brand, "engine": lesson.engine_version, "passes": found.passes}
        write_document(
            {**facts, "erased": lesson.erased, "unheard": lesson.unheard, **_plain(found)}, sys.stdout.buffer
        )
        return
    _show(lesson, found)
    typer.echo(f"`atalaya label train --brand {lesson.brand}` would switch it on." if found.passes else _why_not(found))


@app.command(epilog="Example: atalaya label train --brand lumbre")
def train(brand: Brand = None, store: options.StoreUrl = None, config: options.Config = None) -> int:
    """Learn a brand's layer from its labels, and use it unless it is worse than the engine alone by more than noise."""
    from atalaya.coaching import train as learn

    topic = telling.topic_of(store, config)
    lesson, found = _tried(brand, store, config)
    _show(lesson, found)
    with options.store_to_read(config, store) as opened:
        with opened.writing() as connection:
            done = learn(lesson, found, connection, who=telling.who(), now=options.now())
        if done.used:
            telling.publish_now(_in_use(opened, lesson.brand), topic)
    if done.version is None:
        typer.echo(f"{lesson.brand}: nothing was trained. {_why_not(found)}")
    elif done.used:
        typer.echo(
            f"{lesson.brand}: layer {done.version} is used from now on; running processes take it within 10 s. "
            f"Back: atalaya label use {lesson.brand} base"
        )
    else:
        typer.echo(f"{lesson.brand}: layer {done.version} is kept and not used. {_why_not(found)}")
    return 0 if done.used else 1


@app.command()
def versions(
    brand: Brand = None, store: options.StoreUrl = None, config: options.Config = None, as_json: options.AsJson = False
) -> None:
    """Show every layer: what it was trained on, what it was worth, and which is used."""
    from atalaya.labelling import shown_versions
    from atalaya.verbs.showing import nothing, table

    engine = _engine_version(config)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        found = shown_versions(connection, brand, engine)
    if as_json:
        from atalaya.exports import write_document

        write_document(found, sys.stdout.buffer)
        return
    if not found:
        nothing("No layer yet; `atalaya label train` makes one.")
        return
    rows = [
        (
            entry.brand,
            str(entry.version),
            entry.state,
            f"{entry.trained_at:%Y-%m-%d %H:%M}",
            entry.trained_by,
            str(entry.labels),
            f"{entry.before:.1f}",
            f"{entry.after:.1f}",
            entry.engine_version,
        )
        for entry in found
    ]
    heads = ("brand", "layer", "state", "trained (UTC)", "by", "labels", "macro-F1 before", "after", "engine")
    table(heads, rows, right=(1, 5, 6, 7))


@app.command(epilog="Example: atalaya label use lumbre base")
def use(
    brand: Annotated[str, typer.Argument(help="Name of the brand.")],
    version: Annotated[str, typer.Argument(help="Number of a layer, or `base` for the engine alone.")],
    why: Annotated[str, typer.Option("--why", help="The reason, kept with the choice.")] = "",
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Judge a brand with another layer, or without any, from now on; what is stored stays as it was judged."""
    from atalaya.labelling import version_number
    from processors.store.layers import use_layer

    topic = telling.topic_of(store, config)
    number = version_number(version)
    with options.store_to_read(config, store) as opened:
        with opened.writing() as connection:
            use_layer(connection, brand, number, who=telling.who(), why=why, now=options.now())
        used = _in_use(opened, brand)
        telling.publish_now(used, topic)
    engine = _engine_version(config)
    for layer in used:
        if number and layer.engine_version != engine:
            typer.echo(
                f"atalaya: layer {number} was trained over {layer.engine_version} and is not applied while the engine "
                f"is {engine}; `atalaya label train --brand {brand}` makes one for it",
                err=True,
            )
    what = f"layer {number}" if number else "the engine alone"
    typer.echo(f"{brand}: judged with {what} from now on; running processes take it within 10 s")


def _tried(brand: str | None, store: str | None, config: Path | None) -> "tuple[Lesson, Evaluation]":
    from atalaya.coaching import lesson, tried
    from atalaya.verbs.replaying import Progress

    with options.store_to_read(config, store) as opened:
        labels = lesson(options.settings_of(config), opened, brand)
    with Progress() as progress:
        found = tried(labels, lambda done, all_: progress.tell("trying", done, all_))
        progress.stop()
    return labels, found


def _in_use(store: "Store", brand: str) -> "list[BrandLayer]":
    from processors.store.layers import layers_in_use

    with store.reading() as connection:
        return [layer for layer in layers_in_use(connection) if layer.brand == brand]


def _plain(found: "Evaluation") -> "dict[str, object]":
    import msgspec

    return dict(msgspec.to_builtins(found))


def _engine_version(config: Path | None) -> str:
    from atalaya.judging import judges_of

    return judges_of(options.settings_of(config)).engine.version


def _show(lesson: "Lesson", found: "Evaluation") -> None:
    """The figures, in words that need no statistics."""
    counts = ", ".join(f"{count} {label}" for label, count in found.labels.items())
    typer.echo(f"{lesson.brand}: {sum(found.labels.values())} labels ({counts}), engine {lesson.engine_version}")
    if lesson.unheard:
        typer.echo(f"  {lesson.unheard} labels are of texts in languages that the engine does not hear: not used")
    if lesson.erased:
        typer.echo(f"  {lesson.erased} labels are of texts deleted at their source: not used")
    typer.echo(
        f"  macro-F1 on texts it was not trained on: {found.before:.1f} without a layer, {found.after:.1f} with it; "
        f"gain {found.gain:+.1f}, nine times in ten between {found.low:+.1f} and {found.high:+.1f}"
    )
    for label, before in found.before_each.items():
        typer.echo(f"  F1 {label:8s} {before:5.1f} -> {found.after_each[label]:5.1f}")


def _why_not(found: "Evaluation") -> str:
    from processors.sentiment.layer_evaluation import SENSIBLE, TOLERATED

    if found.missing:
        needs = [
            f"{count} more {'of any label' if label == 'any' else label}" for label, count in found.missing.items()
        ]
        return f"Labels are missing: {', '.join(needs)}."
    if found.after < SENSIBLE:
        return (
            f"With these labels a layer reaches {found.after:.1f}, and guessing reaches 33: they seem to contradict "
            "each other. Look through them with `atalaya label export`."
        )
    if found.gain <= 0:
        return "It would not be better than the engine alone. More labels, of doubtful mentions above all, may help."
    return (
        f"It may be worse than the engine alone by {-found.low:.1f} points, and {-TOLERATED:.0f} is tolerated: the "
        "labels are too few to tell. Add more and train again."
    )
