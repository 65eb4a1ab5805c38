"""The periodic review of a brand: rows of the store -> `model.Review` -> Markdown, JSON, HTML.

`model` has the record, `gathering` reads the store, `judging` and `headlines` are pure, `html` and `markdown` render.
It reads `processors.store` and writes nothing but published reviews.
"""
