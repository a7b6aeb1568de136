"""A recipient who had blocked the number made 502s, and an alarm woke the operators of a gateway that was well."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.domain.commands import CommandError
from tests.integration.api.conftest import api, aside, module_api, owner, parts
from tests.integration.api.server import Api, Owner

__all__ = ["api", "aside", "module_api", "owner", "parts"]
TEXT = {"to": "+15550002002", "text": "Hello"}


def test_what_whatsapp_refuses_is_a_422_with_its_code(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    refusal = aside.submit(owner.fail_next, CommandError.REFUSED, "WhatsApp refused the message (403).")
    answer = api.post(f"{owner.path}/messages", TEXT)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["title"]) == (
        422,
        "refused_by_whatsapp",
        "Refused by WhatsApp",
    )
    assert (problem["detail"], problem["id"]) == ("WhatsApp refused the message (403).", str(refusal.result()))


@pytest.mark.parametrize("error", [CommandError.EXPIRED, CommandError.LOGGED_OUT, CommandError.SESSION_DELETED])
def test_what_no_operator_can_mend_is_no_5xx_either(
    api: Api, owner: Owner, aside: ThreadPoolExecutor, error: CommandError
) -> None:
    aside.submit(owner.fail_next, error)
    answer = api.post(f"{owner.path}/messages", TEXT)
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (409, "send_failed", error)
