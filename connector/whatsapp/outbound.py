"""Messages that we send, as WhatsApp's protobuf."""

from __future__ import annotations

from connector.whatsapp.library import e2e_pb2
from gateway.domain.messages import MESSAGE_SECRET_BYTES


def text_message(text: str, secret: bytes) -> bytes:
    """Serialise a plain text: neither links nor @numbers get a meaning. Raise ValueError unless 32 bytes of secret.

    The secret recognises the send afterwards: whatsmeow stores it with the message's id before it writes to the socket.
    """
    if len(secret) != MESSAGE_SECRET_BYTES:
        raise ValueError(f"a message secret has {MESSAGE_SECRET_BYTES} bytes")
    message = e2e_pb2.Message(conversation=text)
    message.messageContextInfo.messageSecret = secret
    return bytes(message.SerializeToString())
