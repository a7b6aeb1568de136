"""What is encrypted with the secret of another message, as it comes and as it is kept until it is decrypted."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass

# The uses of a message's secret, by the labels that enter their keys.
COMMENT = "Enc Comment"
EDIT = "Message Edit"
EVENT_EDIT = "Event Edit"
POLL_EDIT = "Poll Edit"
POLL_VOTE = "Poll Vote"
REACTION = "Enc Reaction"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted with the secret of the message that it is about."""

    use: str
    payload: bytes
    nonce: bytes

    def pack(self) -> dict[str, str]:
        """Return it as JSON."""
        texts = {name: b64encode(getattr(self, name)).decode() for name in ("payload", "nonce")}
        return {"use": self.use, **texts}

    @classmethod
    def unpack(cls, packed: dict[str, str]) -> Sealed:
        return cls(packed["use"], b64decode(packed["payload"]), b64decode(packed["nonce"]))
