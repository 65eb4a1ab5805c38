"""What makes two posts the same post."""

import hashlib

from mentions.codec import scrub


def derived_native_id(source: str, author_id: str, created_at: str, text: str) -> str:
    """Identity of a post that its network gave none: `sha256:` and 64 hex digits.

    `created_at` is the time *as given*, so that a change of our parsing does not change identities. Each part is
    preceded by its length in bytes, so that no two different posts share an input.
    """
    parts = [scrub(part).encode() for part in (source, author_id, created_at, text)]
    digest = hashlib.sha256(b"".join([len(part).to_bytes(8, "big") + part for part in parts]))
    return f"sha256:{digest.hexdigest()}"
