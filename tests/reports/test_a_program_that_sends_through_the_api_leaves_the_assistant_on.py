"""A shop's system sends order confirmations through the API; the assistant goes on answering the customers."""

from __future__ import annotations

import pytest

from gateway.domain.outbound import Text
from gateway.store import messages, outgoing
from gateway.store.drafts import Draft
from tests.integration.replies.conftest import Assistant, assistant, service, talk  # noqa: F401 (fixtures)
from tests.integration.store.conftest import (  # noqa: F401 (fixtures)
    BOB,
    PACING,
    linked,
    make_session,
    owned,
    read,
    store,
    user,
)


@pytest.mark.parametrize(("automated", "reason"), [(True, None), (False, "taken_over")])
def test_only_what_a_person_sends_is_a_takeover(
    assistant: Assistant,  # noqa: F811
    automated: bool,
    reason: str | None,
) -> None:
    due = assistant.talk.hear("Where is my order?")
    with assistant.talk.store.functions.transaction() as connection:
        session = read(assistant.talk.store, assistant.talk.owned)
        draft = Draft(BOB, Text("Your order was shipped."), automated=automated)
        sent = messages.get(connection, session.id, outgoing.queue(connection, session, draft, PACING, 60).id)
    assert (sent.origin, sent.automated) == ("api", automated)
    assert assistant.answer(due).reason == reason
