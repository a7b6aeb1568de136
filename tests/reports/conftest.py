"""What people report is tested with the fixtures of the integration tests."""

from __future__ import annotations

from tests.integration.connector.conftest import gateway, guest, phone, shared_gateway, user, whatsapp

__all__ = ["gateway", "guest", "phone", "shared_gateway", "user", "whatsapp"]
