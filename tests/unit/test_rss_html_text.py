"""HTML as plain text."""

import time

import pytest

from ingest.sources.rss.html_text import MAX_HTML, MAX_LINKS, plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("hola", "hola"),
        ("<p>uno</p><p>dos</p>", "uno\ndos"),
        ("uno<br>dos<br/>tres", "uno\ndos\ntres"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("caf&eacute; &amp; t&#233; &lt;3", "café & té <3"),
        ("pan<b>ader</b>ía", "panadería"),
        ("  mucho \n\n\n  <p> </p> aire\u00a0aquí ", "mucho\naire aquí"),
        ("a<script>var x = '<p>no</p>'</script>b<style>p{}</style>c", "abc"),
        ("1 < 2 y 3 > 2", "1 < 2 y 3 > 2"),
        ("<p>sin cerrar <b>nada", "sin cerrar nada"),
        ("a<!-- nota -->b", "ab"),
        ("antes<![foo[x]]>después", "antesdespués"),
        ("<img alt='a > b'><p class=\"x>roto</p>", "roto"),
        ("visto<script>nunca cerrado", "visto"),
        ("visto<!-- nunca cerrado", "visto"),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
        ("", ""),
    ],
)
def test_what_is_shown_remains(markup: str, text: str) -> None:
    """Tags, scripts, styles and comments go, entities are resolved, blocks break lines, damage is survived."""
    assert plain_text(markup).text == text


def test_links_are_absolute_web_addresses_each_once() -> None:
    """Relative links are resolved; other schemes are left out; the number is bounded."""
    markup = "<a href='/a'>a</a><a href='https://b.example'>b</a><a href='/a'>a</a><a href='javascript:x'>c</a><a>d</a>"
    many = "".join(f"<a href='/{number}'>x</a>" for number in range(1000))

    assert plain_text(markup, "https://p.example/x/").links == ("https://p.example/a", "https://b.example")
    assert len(plain_text(many, "https://p.example").links) == MAX_LINKS


@pytest.mark.parametrize(
    "evil",
    ["<", "<a ", "\t<p", "<a b=", "<a b='c' ", "<!--", "<![CDATA[", "&", "&#", "</", "<script>", "<a href='", "<?"],
)
def test_damage_costs_no_time(evil: str) -> None:
    """Markup made to be slow is read as fast as any other: well under a second for all that is read of one item."""
    start = time.process_time()
    plain_text(evil * MAX_HTML)
    assert time.process_time() - start < 2
