"""One module per verb: reads options, calls what does the work, prints what came of it.

Owns: words, tables and exit codes. Does not know: how anything is done.
"""
