"""What the server keeps of the accounts' devices: lists, prekeys, key bundles, shared settings."""

from __future__ import annotations
