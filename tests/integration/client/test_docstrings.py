"""Every example in the client's docstrings, run on the real API."""

from __future__ import annotations

import pytest

from tests.integration.client.examples import examples, run
from tests.integration.client.talking import talking_session
from tests.owner import Owner
from tests.people import Api


@pytest.mark.parametrize("name", examples())
def test_an_example_prints_what_it_says(name: str, api: Api, owner: Owner) -> None:
    key = api.key()
    run(name, api.url, key, talking_session(api, key, owner))
