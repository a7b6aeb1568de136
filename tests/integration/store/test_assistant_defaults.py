"""The assistant's defaults, which the table and the dataclass both name."""

from __future__ import annotations

from dataclasses import replace

from gateway.store.assistant import configs
from gateway.store.assistant.configs import AssistantConfig
from tests.integration.store.conftest import Owned, Store


def test_a_session_without_settings_has_the_defaults_of_the_table(store: Store, owned: Owned) -> None:
    with store.functions.transaction() as connection:
        assert configs.get(connection, owned.session_id) == AssistantConfig(owned.session_id)
        written = configs.put(connection, owned.session_id, {})
    assert replace(written, updated_at=None) == AssistantConfig(owned.session_id, allow=[], deny=[])
