"""`atalaya mute`: the same as `atalaya notify mute`."""

import typer

from atalaya.verbs.notify import mute

app = typer.Typer(rich_markup_mode=None)
app.command(epilog="Example: atalaya mute --brand lumbre --for 12h --why 'known outage'")(mute)
