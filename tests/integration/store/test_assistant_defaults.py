"""The migrations cannot import the defaults of the assistant's settings: the columns repeat them."""

from __future__ import annotations

from dataclasses import asdict

from gateway.store.assistant import configs
from gateway.store.assistant.configs import AssistantConfig
from tests.integration.store.conftest import Owned, Store


def test_the_columns_have_the_defaults_of_the_domain(store: Store, owned: Owned) -> None:
    with store.functions.transaction() as connection:
        stored = configs.put(connection, owned.session_id, {})
    assert stored.updated_at is not None
    expected = AssistantConfig(owned.session_id, allow=[], deny=[], updated_at=stored.updated_at)
    assert asdict(stored) == asdict(expected)
