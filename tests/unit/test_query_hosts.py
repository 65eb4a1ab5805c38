"""The hosts that a post links to."""

import pytest

from mentions.clock import EPOCH
from mentions.hosts import domains_of, hosts_in, hosts_of
from mentions.records import Author, Post


def post(text: str, *links: str, title: str | None = None) -> Post:
    """A post with these links, published on a site of its own."""
    return Post(
        source="file",
        native_id="1",
        author=Author("a1"),
        title=title,
        text=text,
        created_at=EPOCH,
        received_at=EPOCH,
        url="https://own.example/1",
        links=links,
    )


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("mira https://Lumbre.Example/pan?x=1#y", {"lumbre.example"}),
        ("mira http://www.lumbre.example.", {"www.lumbre.example"}),
        ("(www.lumbre.example/pan)", {"www.lumbre.example"}),
        ("https://ana:secret@lumbre.example:8443/", {"lumbre.example"}),
        ("https://lumbre.example@otra.example/", {"otra.example"}),
        ("https://lumbre.example\\@otra.example/", {"lumbre.example"}),
        ("https://a.example,https://b.example", {"a.example", "b.example"}),
        ("https://peña.example", {"xn--pea-8ma.example"}),
        ("https://", set()),
        ("https:// lumbre.example", set()),
        ("lumbre.example", set()),
        ("wwww.lumbre.example", set()),
        ("https://[::1]/", set()),
        ("https://" + "a." * 200, set()),
        ("https://\ud800.example", {"\ud800.example"}),
    ],
)
def test_addresses_in_a_text_give_their_hosts(text: str, hosts: set[str]) -> None:
    """The host is what a browser would open: without user, port, path, final dot; nothing longer than a host can be."""
    assert hosts == hosts_in(text)


@pytest.mark.parametrize(
    ("link", "hosts"),
    [
        ("https://lumbre.example/pan", {"lumbre.example"}),
        ("HTTPS://LUMBRE.EXAMPLE", {"lumbre.example"}),
        ("//lumbre.example/pan", {"lumbre.example"}),
        ("lumbre.example/pan", {"lumbre.example"}),
        ("gemini://lumbre.example", {"lumbre.example"}),
        ("", set()),
        ("/pan", set()),
        ("https://?", set()),
    ],
)
def test_links_give_their_hosts(link: str, hosts: set[str]) -> None:
    """Links may lack their scheme."""
    assert hosts == hosts_of(post("", link))


def test_hosts_of_a_post_come_from_text_title_and_links() -> None:
    """All three count; the address of the post itself does not."""
    linked = post("https://text.example", "https://link.example", title="https://title.example")

    assert hosts_of(linked) == {"text.example", "link.example", "title.example"}


def test_domains_go_up_to_the_top() -> None:
    """A host belongs to itself and to all above it."""
    assert list(domains_of("a.b.example")) == ["a.b.example", "b.example", "example"]
