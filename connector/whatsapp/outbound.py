"""Messages that we send, as WhatsApp's protobuf."""

from __future__ import annotations

import secrets

from connector.whatsapp.library import e2e_pb2

SECRET_BYTES = 32


def new_secret() -> bytes:
    """What recognises a send afterwards: whatsmeow stores it with the message's id before it writes to the socket."""
    return secrets.token_bytes(SECRET_BYTES)


def text_message(text: str, secret: bytes) -> bytes:
    """Plain text, serialised: neither links nor @numbers get a meaning. Raises ValueError unless 32 bytes of secret."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a message secret has {SECRET_BYTES} bytes")
    message = e2e_pb2.Message(conversation=text)
    message.messageContextInfo.messageSecret = secret
    return bytes(message.SerializeToString())
