"""Each entry of the runbook is tried by a test that exists, or says why it is not."""

from __future__ import annotations

import re
from itertools import chain

from infra.aws.package import ROOT

TEXT = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^### `([a-z-]+)`$", TEXT, re.MULTILINE)
_TABLES = TEXT.partition("## What of this is tried")[2].partition("Not tried")


def _rows(table: str) -> list[tuple[list[str], str]]:
    """Return the entries of each row, and what it says of them."""
    cells = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    return [(re.findall(r"`([^`]+)`", entries), said) for entries, said in cells]


TRIED, NOT_TRIED = _rows(_TABLES[0]), _rows(_TABLES[2])


def test_each_entry_is_tried_or_says_why_not() -> None:
    named = chain.from_iterable(entries for entries, _ in (*TRIED, *NOT_TRIED))
    assert sorted(named) == sorted(ENTRIES)
    assert all(len(why) > 40 for _, why in NOT_TRIED)


def test_the_tests_that_are_named_exist() -> None:
    named = [each for _, said in TRIED for each in re.findall(r"`([^`]+)`", said)]
    assert len(named) >= len(TRIED)
    for file, _, name in (each.partition("::") for each in named):
        assert f"\ndef {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), name
