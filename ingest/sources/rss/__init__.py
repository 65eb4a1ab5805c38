"""RSS and Atom feeds.

Owns: HTML as plain text (`html_text`), what a document says (`documents`), when a feed is due again and what of it is
new (`polls`), the reader (`reader`). Fetching and its guards are `ingest.fetching`'s.
"""
