"""Where files are, as the API says it."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from gateway.client import UnexpectedAnswer, calls, file_calls
from gateway.client.flows import outcome

ADDRESS = httpx.Response(307, headers={"Location": "https://files.example/a?signature=b"})


def test_the_address_of_a_file_is_where_the_api_leads_to() -> None:
    assert outcome(file_calls.address(uuid4(), uuid4()), ADDRESS) == "https://files.example/a?signature=b"


def test_a_redirect_of_another_request_is_not_an_answer_of_the_api() -> None:
    with pytest.raises(UnexpectedAnswer, match="307"):
        outcome(calls.session(uuid4()), ADDRESS)
