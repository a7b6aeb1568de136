from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.markdown import to_whatsapp
from gateway.domain.splitting import MAX_PARTS, split


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("plain", "plain"),
        ("**bold** and __bold__", "*bold* and *bold*"),
        ("*italic* and _italic_", "_italic_ and _italic_"),
        ("***both***", "*_both_*"),
        ("**a *b* c**", "*a _b_ c*"),
        ("~~gone~~", "~gone~"),
        ("# Title", "*Title*"),
        ("### A **b** ###", "*A b*"),
        ("* one\n+ two\n  * three", "- one\n- two\n  - three"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("> quoted", "> quoted"),
        ("`**code**`", "`**code**`"),
        ("``a`b``", "`a`b`"),
        ("```python\nx = **1**\n```", "```\nx = **1**\n```"),
        ("~~~\n# no title\n~~~", "```\n# no title\n```"),
        ("```\nnever closed", "```\nnever closed\n```"),
        ("[site](https://a.b/c_d_e)", "site (https://a.b/c_d_e)"),
        ("[https://a.b](https://a.b)", "https://a.b"),
        ("[mail](mailto:a@b.c) <https://x.y>", "mail (a@b.c) https://x.y"),
        ('![plan](https://a.b/c.png "title")', "plan (https://a.b/c.png)"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "a | b\n1 | 2"),
        ("2*3*4 and snake_case_name and 5 * 6 * 7", "2*3*4 and snake_case_name and 5 * 6 * 7"),
        (r"\*not bold\* and \_not\_", "*not bold* and _not_"),
        ("a\r\n\r\n\r\n\r\nb", "a\n\nb"),
        ("مرحبا **بك** 👋", "مرحبا *بك* 👋"),
        ("[bar](https://a.b/wiki/Foo_(bar)_x)", "bar (https://a.b/wiki/Foo_(bar)_x)"),
        ("[a [b] c](https://a.b 'title')", "a [b] c (https://a.b)"),
        ("**[site](https://a.b/*x*)**", "*site (https://a.b/*x*)*"),
        (r"[x](https://a.b/c\_d)", "x (https://a.b/c_d)"),
        ("# Use `a*b*c` on https://a.b/*c*d", "*Use `a*b*c` on https://a.b/*c*d*"),
        ("| `a|b` | https://a.b/__c__|\n|---|---|", "`a|b` | https://a.b/__c__"),
        (r"\`*not code*\`", "`_not code_`"),
        ("```x = **1**```", "`x = **1**`"),
        ("````\n```\n**a**\n```\n````", "```\n```\n**a**\n```\n```"),
        ("```\n~~~\n**a**\n```\n**b**", "```\n~~~\n**a**\n```\n*b*"),
    ],
)
def test_markdown_becomes_whatsapps_marks(markdown: str, expected: str) -> None:
    assert to_whatsapp(markdown) == expected


@given(st.text(max_size=300))
def test_any_text_is_converted_without_markers_left_behind(text: str) -> None:
    converted = to_whatsapp(text)
    assert not any("\ue000" <= character <= "\uf8ff" for character in converted)
    assert "\x00" not in converted


@given(st.text("abc 12\n.,", max_size=200))
def test_text_without_marks_keeps_its_words(text: str) -> None:
    assert to_whatsapp(text).split() == text.split()


urls = st.builds(
    "https://a.b/{}{}".format,
    st.text("abc_*~-/?=&%.#()", max_size=20).filter(lambda path: path.count("(") == path.count(")")),
    st.sampled_from(["x", "9", "/"]),
)
AROUND = ["{}", "See {}.", "({})", "**{}**", "*a* {} _b_", "# {}", "- {}", "| {} | b |", "> {}", "[text]({})", "<{}>"]


@given(urls, st.sampled_from(AROUND))
def test_an_address_stays_as_it_is_wherever_it_stands(url: str, around: str) -> None:
    if re.search(r"\)[^(]*\(", url):  # an address like `)(` is not paired, whatever its counts
        return
    assert url in to_whatsapp(around.format(url))


@given(st.text("ab_*~<>()[]#|! ", min_size=1, max_size=30).filter(lambda text: text.strip() == text), st.booleans())
def test_code_stays_as_it_is_wherever_it_stands(code: str, block: bool) -> None:
    shown = f"```\n{code}\n```" if block else f"**see** `{code}` *now*"
    expected = f"```\n{code}\n```" if block else f"*see* `{code}` _now_"
    assert to_whatsapp(shown) == expected


def test_a_short_text_is_one_part() -> None:
    assert split("Hello\n\nthere") == ["Hello\n\nthere"]
    assert split("x" * 4096) == ["x" * 4096]


def test_it_is_cut_at_the_end_of_a_paragraph() -> None:
    paragraph = "word " * 400
    assert split(f"{paragraph}\n\n{paragraph}\n\n{paragraph}") == [
        f"{paragraph.strip()} \n\n{paragraph.strip()}",
        paragraph.strip(),
    ]


def test_without_paragraphs_at_a_line_then_a_sentence_then_a_word() -> None:
    assert split("aaaa bbbb cccc\ndddd eeee ffff gggg", 24) == ["aaaa bbbb cccc", "dddd eeee ffff gggg"]
    assert split("aaaa bbbb cccc. dddd eeee ffff", 24) == ["aaaa bbbb cccc.", "dddd eeee ffff"]
    assert split("aaaa bbbb cccc dddd eeee ffff", 24) == ["aaaa bbbb cccc dddd", "eeee ffff"]
    assert split("a" * 60, 24) == ["a" * 20, "a" * 20, "a" * 20]


def test_code_that_is_cut_is_code_in_both_parts() -> None:
    parts = split("```\n" + "\n".join(f"line {i}" for i in range(10)) + "\n```", 48)
    assert all(part.startswith("```\n") and part.endswith("\n```") for part in parts)


def test_what_does_not_fit_in_three_parts_is_cut_off_visibly() -> None:
    parts = split("word " * 5000)
    assert len(parts) == 3
    assert parts[-1].endswith(" …") and len(parts[-1]) <= 4096
    code = split("```\n" + "line\n" * 5000 + "```")
    assert code[-1].endswith("…\n```") and len(code[-1]) <= 4096


@given(st.text("ab `\n.", max_size=400), st.integers(16, 60))
def test_any_text_fits_into_few_parts_that_are_short_enough(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert len(parts) <= MAX_PARTS
    assert all(0 < len(part) <= limit for part in parts)


@given(st.text("abc \n.", max_size=100))
def test_nothing_is_lost_where_it_fits(text: str) -> None:
    parts = split(text, 60)
    assert "".join("".join(parts).split()) == "".join(text.split()) or parts[-1].endswith("…")
