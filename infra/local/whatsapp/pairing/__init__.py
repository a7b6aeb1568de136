"""Linking a client to a phone, by QR code or pairing code, and taking it off again."""

from __future__ import annotations
