from __future__ import annotations

import pytest
from cryptography.fernet import InvalidToken
from pydantic import ValidationError

from functions.explorer.settings import ExplorerSettings

OLD, NEW = "o" * 32, "n" * 32


def settings(keys: str) -> ExplorerSettings:
    return ExplorerSettings.model_validate({"cookie_keys": keys})


def test_keys_can_be_rotated() -> None:
    encrypted = settings(OLD).cookie_cipher.encrypt(b"x")
    assert settings(f"{NEW},{OLD}").cookie_cipher.decrypt(encrypted) == b"x"
    with pytest.raises(InvalidToken):
        settings(NEW).cookie_cipher.decrypt(encrypted)


@pytest.mark.parametrize("keys", ["", "short", f"{NEW},short"])
def test_short_keys_are_refused(keys: str) -> None:
    with pytest.raises(ValidationError, match="at least 32 characters"):
        settings(keys)


def test_hosts_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_COOKIE_KEYS", NEW)
    monkeypatch.setenv("GATEWAY_EXPLORER_HOSTS", "a.example, b.example")
    assert ExplorerSettings().explorer_hosts == ["a.example", "b.example"]


@pytest.mark.parametrize("origin", ["*", "https://a.example; script-src *", "files.example", "https://a.example/path"])
def test_what_is_no_origin_stands_in_no_policy(origin: str) -> None:
    with pytest.raises(ValidationError, match="give origins"):
        ExplorerSettings.model_validate({"cookie_keys": NEW, "explorer_media_origins": origin})
