from __future__ import annotations

from tests.integration.connector.conftest import gateway, phone, user, whatsapp

__all__ = ["gateway", "phone", "user", "whatsapp"]
