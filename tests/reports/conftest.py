"""What people who run such gateways have reported: one file a report, named by what happens."""

from __future__ import annotations

from tests.integration.connector.conftest import gateway, guest, phone, shared_gateway, user, whatsapp

__all__ = ["gateway", "guest", "phone", "shared_gateway", "user", "whatsapp"]
