"""What goes over the wire: keys, certificates, Noise, frames and binary nodes."""

from __future__ import annotations

from pyaileys.proto import WAProto_pb2 as proto

__all__ = ["proto"]
