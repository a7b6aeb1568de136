"""The iq stanzas: requests that clients make of the server, one module a subject."""

from __future__ import annotations
