"""The control API: HTTP for people, the Explorer and tests to act with the phones and to inject faults."""

from __future__ import annotations
