"""The dictionary (version 3) and the tags of the binary node format."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from pyaileys.wabinary.constants import DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS

from infra.local.whatsapp.wire.jid import LID, PHONE_NUMBER


class Tag(IntEnum):
    LIST_EMPTY = 0
    DICTIONARY_0 = 236
    DICTIONARY_3 = 239
    FACEBOOK_JID = 246
    DEVICE_JID = 247
    LIST_8 = 248
    LIST_16 = 249
    JID_PAIR = 250
    HEX_8 = 251
    BINARY_8 = 252
    BINARY_20 = 253
    BINARY_32 = 254
    NIBBLE_8 = 255


WORDS: Final[list[str]] = list(SINGLE_BYTE_TOKENS)
DICTIONARIES: Final[list[list[str]]] = [list(words) for words in DOUBLE_BYTE_TOKENS]

NIBBLES: Final = "0123456789-."
HEX_DIGITS: Final = "0123456789ABCDEF"
PACKED_MAX: Final = 127

DOMAINS: Final[dict[str, int]] = {PHONE_NUMBER: 0, LID: 1, "hosted": 128, "hosted.lid": 129}
DOMAIN_NAMES: Final[dict[int, str]] = {number: name for name, number in DOMAINS.items()}


def _encoded_words() -> dict[str, bytes]:
    encoded = {word: bytes((index,)) for index, word in enumerate(WORDS) if word}
    for number, words in enumerate(DICTIONARIES):
        for index, word in enumerate(words):
            encoded.setdefault(word, bytes((Tag.DICTIONARY_0 + number, index)))
    return encoded


ENCODED: Final[dict[str, bytes]] = _encoded_words()
