"""The pages, a module for each tab."""

from __future__ import annotations
