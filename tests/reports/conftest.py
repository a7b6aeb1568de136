"""What people who run such gateways have reported: one file a report, named by what happens."""

from __future__ import annotations

from tests.people import api as api
from tests.people import gateway as gateway
from tests.people import make_connected as make_connected
from tests.people import owner as owner
