"""How a client reaches the server: proxy, TLS, websocket, Noise handshake, login, and the dispatch of its stanzas."""

from __future__ import annotations
