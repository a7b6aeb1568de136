from __future__ import annotations

import pytest
from pydantic import ValidationError

from functions.explorer.settings import ExplorerSettings
from gateway.setting_types import GatewaySettings
from gateway.settings import (
    ApiSettings,
    ConnectorSettings,
    DeploymentSettings,
    RepliesSettings,
)
from gateway.sweeper_settings import SweeperSettings

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
    monkeypatch.setenv("GATEWAY_TOKEN_KEYS", "x" * 32)
    monkeypatch.setenv("GATEWAY_CORS_ORIGINS", text)
    assert ApiSettings().cors_origins == items


@pytest.mark.parametrize("text", ["", "short", "x" * 31, f"{'x' * 32},short"])
def test_what_signs_tokens_is_long_enough(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("GATEWAY_TOKEN_KEYS", text)
    with pytest.raises(ValidationError, match="at least 32 characters"):
        ApiSettings()
