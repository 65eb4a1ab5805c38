"""The vocabulary that every room speaks: records, topics, drops, metrics, settings, the query language, errors, clock.

Owns: what a mention *is* and how it is spelled on the wire and in a file.
Does not know: networks, files, databases, threads, or any other package of this repository. Only msgspec is imported.
"""
