"""Changes of an assistant's settings: checks what callers send and translates it into the store's terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from functions.api.public_urls import may_be_public
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
        given["base_url"] = _service_url(given["base_url"], private=private_urls)
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


def _service_url(text: str, *, private: bool) -> str:
    """Check the URL of a service, as far as its text tells; where it leads is checked at each call."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput("baseUrl", "This is not a URL.") from error
    if not host or parts.scheme not in ("https", "http") or not text.isascii() or any(c.isspace() for c in text):
        raise InvalidInput(
            "baseUrl", "Write the URL of an OpenAI-compatible service, such as https://api.openai.com/v1."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidInput("baseUrl", "The URL must hold no login, query or fragment.")
    if not private and (parts.scheme != "https" or not may_be_public(host)):
        raise InvalidInput("baseUrl", "The service must be reachable at a public address over https.")
    return text.rstrip("/")
