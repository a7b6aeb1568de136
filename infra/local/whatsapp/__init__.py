"""A WhatsApp server on loopback with virtual phones, for tests and for trying the gateway without a phone."""

from __future__ import annotations
