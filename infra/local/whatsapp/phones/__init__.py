"""Virtual phones: device 0 of each account, with keys of its own, that writes, receives, reads and remembers."""

from __future__ import annotations
