"""Virtual phones: device 0 of each account, with keys of its own, which sends, receives, reads and stores messages."""

from __future__ import annotations
