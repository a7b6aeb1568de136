"""What `make up` prints at its end fits a terminal, however many phones there are."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from infra.local import welcome
from infra.local.first_run import Phone
from infra.local.settings import UpSettings


@pytest.mark.parametrize(("phones", "shown", "last"), [(0, 0, ""), (5, 5, ""), (40, 5, "and 35 more")])
def test_it_names_five_phones_at_most(phones: int, shown: int, last: str) -> None:
    output = io.StringIO()
    everyone = [Phone(f"+4477009001{number:02}", f"Phone {number}") for number in range(phones)]
    Console(file=output, width=80).print(welcome.panel(UpSettings(), "wag_x", everyone))
    assert output.getvalue().count("+4477009001") == shown
    assert last in output.getvalue()
    assert len(output.getvalue().splitlines()) < 24
