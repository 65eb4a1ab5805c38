"""What makes two posts the same post."""

import hashlib

from mentions.codec import scrub


def derived_native_id(source: str, author_id: str, created_at: str, text: str) -> str:
    """Identity of a post that its network gave none: `sha256:` and 64 hex digits.

    `created_at` is the time *as given*, so that a change of our parsing does not change identities. Each part is
    preceded by its length in bytes, so that no two different posts share an input.
    """
    digest = hashlib.sha256()
    for part in (source, author_id, created_at, text):
        data = scrub(part).encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return f"sha256:{digest.hexdigest()}"
