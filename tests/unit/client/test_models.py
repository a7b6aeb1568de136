"""Messages as the client gives them."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from typing import Any

import httpx
import pytest

from gateway.client import Message, Retry
from gateway.client.reading import ReadBy, reading
from gateway.client.runner import Runner
from gateway.domain.content import Choice, Quote

JSON: dict[str, Any] = {
    "id": "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91",
    "sessionId": "0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10",
    "chatId": "0198c7a6-1b2b-7a1e-b0c4-5a7be1f0d2c3",
    "remoteJid": "118367280017461@lid",
    "fromMe": False,
    "messageType": "list_reply",
    "content": "Monday",
    "status": "received",
    "timestamp": "2026-08-21T09:40:02.000Z",
    "createdAt": "2026-08-21T09:40:01.912Z",
    "details": {"kind": "list_reply", "selectedId": "mon", "text": "Monday", "description": None, "parameters": None},
    "quote": {"messageId": "3EB0Q", "text": "Which day?", "senderLid": None},
}


def test_details_and_quote_are_typed_and_written_as_they_came() -> None:
    message = Message.model_validate(JSON)
    assert message.details == Choice(kind="list_reply", selected_id="mon", text="Monday")
    assert message.quote == Quote(message_id="3EB0Q", text="Which day?")
    dumped = json.loads(message.model_dump_json(by_alias=True))
    assert dumped["details"] == {"kind": "list_reply", "selectedId": "mon", "text": "Monday"}
    assert dumped["quote"] == {"messageId": "3EB0Q", "text": "Which day?"}
    assert Message.model_validate(message.model_dump()) == message


def test_a_kind_that_is_newer_than_the_client_has_no_details() -> None:
    message = Message.model_validate(JSON | {"messageType": "hologram", "details": {"kind": "hologram"}})
    assert (message.message_type, message.details) == ("hologram", None)
    assert Message.model_validate({name: value for name, value in JSON.items() if name != "details"}).details is None


def test_a_message_that_no_client_has_read_says_that_it_cannot_be_downloaded() -> None:
    message = Message.model_validate(JSON | {"media": {"id": "0198c7a6-2c3d-7a00-9a55-0c0d6f7e8a91"}})
    with pytest.raises(ValueError, match="No Gateway has read this message"):
        message.download()
    with pytest.raises(ValueError, match="No AsyncGateway has read this message"):
        asyncio.run(message.download_async())
    with pytest.raises(ValueError, match="no file"):
        Message.model_validate(JSON).download()


def test_who_has_read_a_message_makes_it_no_other_one() -> None:
    with httpx.Client() as http, reading(ReadBy(blocking=Runner(http, Retry()))):
        read = Message.model_validate(JSON)
    for copied in (Message.model_validate(JSON), pickle.loads(pickle.dumps(read)), copy.deepcopy(read)):
        assert copied == read
