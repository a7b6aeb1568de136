"""WhatsApp's formatting and links, made of escaped text."""

from __future__ import annotations

import time

import pytest

from functions.explorer.formatting import formatted

LINK = '<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{1}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "plain"),
        ("two\nlines", "two\nlines"),
        ("*bold* _italic_ ~gone~ `code`", "<strong>bold</strong> <em>italic</em> <s>gone</s> <code>code</code>"),
        ("*bold _and italic_*", "<strong>bold <em>and italic</em></strong>"),
        ("```a *b*\n  c```", '<code class="block">a *b*\n  c</code>'),
        ("2*3*4 snake_case_name * x * a~b", "2*3*4 snake_case_name * x * a~b"),
        ("`*not bold*`", "<code>*not bold*</code>"),
        ("Bring:\n- ID\n- key\nThanks", "Bring:<ul><li>ID</li><li>key</li></ul>Thanks"),
        ("3. three\n4. four", '<ol start="3"><li>three</li><li>four</li></ol>'),
        ("> quoted *text*\nmine", "<blockquote>quoted <strong>text</strong></blockquote>mine"),
        ("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
        ('*<img src=x onerror="x">*', "<strong>&lt;img src=x onerror=&#34;x&#34;&gt;</strong>"),
    ],
)
def test_what_is_formatted(text: str, html: str) -> None:
    assert str(formatted(text)) == html


def test_who_is_mentioned_is_named() -> None:
    names = {"118367280017461": "Ana *<b>*"}
    ana = '<span class="mention" dir="auto">@Ana *&lt;b&gt;*</span>'
    assert str(formatted("*Hi @118367280017461*, @4915112345678", names)) == (
        f"<strong>Hi {ana}</strong>, @4915112345678"
    )
    assert (
        str(formatted("`@118367280017461` a@118367280017461", names))
        == "<code>@118367280017461</code> a@118367280017461"
    )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("https://a.example/x_y_z?q=1&r=2", LINK.format("https://a.example/x_y_z?q=1&amp;r=2", "https://a.example/x_y_z?q=1&amp;r=2")),
        ("see http://a.example/.", "see " + LINK.format("http://a.example/", "http://a.example/") + "."),
        ("(www.a.example)", "(" + LINK.format("https://www.a.example", "www.a.example") + ")"),
        ("https://a.example/(x)", LINK.format("https://a.example/(x)", "https://a.example/(x)")),
        ("*https://a.example*", "<strong>" + LINK.format("https://a.example", "https://a.example") + "</strong>"),
        ('https://a.example/"on="x', LINK.format("https://a.example/", "https://a.example/") + "&#34;on=&#34;x"),
    ],
)  # fmt: skip
def test_addresses_are_links(text: str, html: str) -> None:
    assert str(formatted(text)) == html


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https://[",
        "ftp://a.example",
        "file:///etc",
        "x@a.example",
    ],
)
def test_nothing_else_is_a_link(text: str) -> None:
    assert "<a" not in formatted(text)


@pytest.mark.parametrize(
    "text", ["*" * 65_000, "* a " * 16_000, "_a" * 32_000, "`" * 65_000, "~x ~" * 16_000, "> " * 32_000]
)
def test_a_text_of_marks_costs_little(text: str) -> None:
    began = time.process_time()
    formatted(text)
    assert time.process_time() - began < 2
