"""Questions clients ask the server, one module a subject."""

from __future__ import annotations
