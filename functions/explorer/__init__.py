"""The Explorer: the gateway as web pages, built on the client library."""

from __future__ import annotations
