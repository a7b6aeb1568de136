"""The pages and their forms: a module for each tab, and one for signing in."""

from __future__ import annotations
