"""`atalaya doctor`: is everything there that a run needs."""

import sys

import typer

from atalaya.verbs import options

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: atalaya doctor -c atalaya.toml")
def doctor(config: options.Config = None, store: options.StoreUrl = None, as_json: options.AsJson = False) -> int:
    """Look at configuration, clock, disk, store, outbox and every source; exit 1 if something is wrong."""
    from atalaya.doctor import examine
    from atalaya.exports import write_document
    from atalaya.running import with_options

    findings = []
    for finding in examine(with_options(options.settings_of(config), store, None)):
        findings.append(finding)
        if not as_json:
            typer.echo(f"{'ok   ' if finding.well else 'WRONG'}  {finding.what}: {finding.found}")
            if finding.advice:
                typer.echo(f"       -> {finding.advice}")
    if as_json:
        write_document(findings, sys.stdout.buffer)
    return 0 if all(finding.well for finding in findings) else 1
