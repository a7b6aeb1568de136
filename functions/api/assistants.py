"""Changes of an assistant's settings: checks what callers send and translates it into the store's terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from functions.api.public_urls import service_url
from functions.api.schemas.assistant import AssistantSettings
from gateway.domain.errors import InvalidInput
from gateway.domain.phone import Address
from gateway.store.assistant.configs import SETTINGS, AssistantConfig

_SHOWN_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class Change:
    """`settings` as the store names them; `key` is the new one where `sets_key`, None to remove it."""

    settings: dict[str, Any]
    sets_key: bool = False
    key: SecretStr | None = None

    @property
    def last4(self) -> str | None:
        """The last characters of the new key, which may be shown."""
        return self.key.get_secret_value()[-_SHOWN_CHARACTERS:] if self.key else None


def read_change(
    body: AssistantSettings,
    config: AssistantConfig,
    find: Callable[[str, str], Address],
    *,
    private_urls: bool,
    whole: bool,
) -> Change:
    """Return what the caller wants to change: what is given, or everything where `whole`.

    `find` reads a person, its second argument is the field. Raises InvalidInput.
    """
    given = body.model_dump(include=set(SETTINGS) if whole else body.model_fields_set & SETTINGS)
    for name in ("allow", "deny"):
        if name in given:
            given[name] = [_contact(find(text, f"{name}.{i}")) for i, text in enumerate(given[name])]
    if given.get("base_url"):
        given["base_url"] = service_url(given["base_url"], private=private_urls)
    sets_key, key = _key(body, config, whole=whole)
    moves = "base_url" in given and given["base_url"] != config.base_url
    if moves and config.key_last4 and not sets_key:
        # Whoever may change the settings must not be able to have the stored key sent to a place of their choice.
        raise InvalidInput("apiKey", "Another service would get the stored key: send its own apiKey, or null, with it.")
    return Change(given, sets_key, key)


def _key(body: AssistantSettings, config: AssistantConfig, *, whole: bool) -> tuple[bool, SecretStr | None]:
    if "api_key" not in body.model_fields_set and not whole:
        return False, None
    if body.api_key is None:
        return True, None
    text = body.api_key.get_secret_value()
    if text == config.key_last4:
        return False, None
    if len(text) < 2 * _SHOWN_CHARACTERS or not all("!" <= character <= "~" for character in text):
        raise InvalidInput("apiKey", "This cannot be a key: use at least 8 visible ASCII characters.")
    return True, body.api_key


def _contact(address: Address) -> str:
    return address.phone_number or address.jid
