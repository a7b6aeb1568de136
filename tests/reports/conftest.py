"""The fixtures of the connector's tests: what people reported is shown on a whole connector, or on its receiver."""

from __future__ import annotations

from tests.integration.connector.conftest import guest as guest
from tests.integration.connector.conftest import phone as phone
from tests.integration.connector.conftest import shared_gateway as shared_gateway
from tests.integration.connector.conftest import whatsapp as whatsapp
