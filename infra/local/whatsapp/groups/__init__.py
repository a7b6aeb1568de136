"""The management of groups: members and ranks, settings, invitations, communities."""

from __future__ import annotations
