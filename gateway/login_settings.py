"""Settings of how the connector links numbers, and of its logins that WhatsApp refuses."""

from __future__ import annotations

from pydantic import Field

from gateway.setting_types import AtLeastOne, GatewaySettings, Positive


class LoginSettings(GatewaySettings):
    """Part of the settings of the connector."""

    max_pairings: AtLeastOne = Field(
        default=10, description="Largest number of pairing processes of one worker at a time (about 77 MB each)."
    )
    max_pairings_per_user: AtLeastOne = Field(
        default=5, description="Largest number of pairing processes of one user in one worker; the others wait in turn."
    )
    pairing_unread_seconds: Positive = Field(
        default=120.0,
        description="Seconds without a read of its status after which a session that shows a QR code stops linking.",
    )
    qr_sets: AtLeastOne = Field(
        default=3, description="Sets of QR codes (160 s each) that are shown before linking ends with `qr_timeout`."
    )
    refused_base_seconds: Positive = Field(
        default=300.0,
        description="Longest time in seconds before a login after WhatsApp refused one; doubled with each in a row.",
    )
    refused_max_seconds: Positive = Field(
        default=21600.0, description="Longest time in seconds before a login however often WhatsApp refused."
    )
