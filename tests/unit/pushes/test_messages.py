"""Events are put together in messages that API Gateway counts as one."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from functions.pushes.messages import messages_of
from gateway.aws.connections import METERED_MESSAGE
from gateway.store.event_log import Position


@pytest.mark.parametrize("sizes", [[], [10], [10] * 5000, [30_000] * 4, [100_000, 10, 10, 100_000], [32_700] * 2])
def test_every_event_is_in_one_message_in_order(sizes: list[int]) -> None:
    found = [(json.dumps("ä" * (size // 2)), Position(1, UUID(int=1), seq)) for seq, size in enumerate(sizes)]
    messages = list(messages_of(found))
    documents = [json.loads(message.text) for message in messages]
    assert [json.dumps(event) for document in documents for event in document["events"]] == [text for text, _ in found]
    seen = -1
    for message, document in zip(messages, documents, strict=True):
        seen += len(document["events"])
        assert message.position == found[seen][1]
        assert document["cursor"] == str(message.position)
        assert len(message.text.encode()) <= METERED_MESSAGE or len(document["events"]) == 1
