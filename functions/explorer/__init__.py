"""The Explorer: the gateway as pages for people, over the client library."""

from __future__ import annotations
