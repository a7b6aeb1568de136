"""What accounts show of themselves and keep from others: profiles, pictures, block lists, presence."""

from __future__ import annotations
