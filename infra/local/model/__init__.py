"""A stub of OpenAI's service, for tests and for trying the assistant without a model."""

from __future__ import annotations
