"""Fixtures of the API and its client, in place of those of a whole gateway."""

from __future__ import annotations

from tests.people import api as api
from tests.people import gateway as gateway
from tests.people import make_connected as make_connected
from tests.people import owner as owner
