from __future__ import annotations

import pytest

from functions.explorer.settings import ExplorerSettings
from gateway.setting_types import GatewaySettings
from gateway.settings import (
    ApiSettings,
    ConnectorSettings,
    DeploymentSettings,
    RepliesSettings,
    SweeperSettings,
)

ALL = (ApiSettings, RepliesSettings, SweeperSettings, DeploymentSettings, ConnectorSettings, ExplorerSettings)


@pytest.mark.parametrize("settings", ALL)
def test_every_setting_is_described(settings: type[GatewaySettings]) -> None:
    assert [name for name, field in settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("text", "items"),
    [("a", ["a"]), ("https://a.example, https://b.example", ["https://a.example", "https://b.example"]), ("", [])],
)
def test_a_list_is_one_variable(text: str, items: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("GATEWAY_CORS_ORIGINS", text)
    assert ApiSettings().cors_origins == items
