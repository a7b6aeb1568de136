"""Signal's X3DH and double ratchet (message version 3), as a phone needs them."""

from __future__ import annotations
