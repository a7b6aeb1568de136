"""Whether a file is what WhatsApp calls a voice note: Opus in OGG, with one channel (RFC 7845)."""

from __future__ import annotations

from pathlib import Path

# After the header of the first page and the length of its one packet.
_PACKET_AT = 28
_MAGIC = b"OpusHead"
_CHANNELS_AT = _PACKET_AT + len(_MAGIC) + 1


def opus_channels(path: Path) -> int:
    """Return how many channels of Opus an OGG file has; 0 for anything else."""
    with path.open("rb") as file:
        beginning = file.read(_CHANNELS_AT + 1)
    is_opus = beginning[:4] == b"OggS" and beginning[_PACKET_AT:].startswith(_MAGIC)
    return beginning[_CHANNELS_AT] if is_opus and len(beginning) > _CHANNELS_AT else 0
