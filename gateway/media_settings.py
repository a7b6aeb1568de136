"""Where the files of messages are stored, and how large they may be."""

from __future__ import annotations

from pydantic import Field

from gateway.setting_types import AtLeastOne, GatewaySettings

MEGABYTE = 1_000_000


class MediaStorageSettings(GatewaySettings):
    """The bucket, which the API, the connector, functions/media and the sweeper share."""

    media_bucket: str = Field(default="whatsapp-gateway-media", description="S3 bucket of the files of messages.")


class MediaSizeSettings(GatewaySettings):
    """How large a file may be that is sent: by default as large as WhatsApp's own Cloud API allows."""

    image_megabytes: AtLeastOne = Field(default=5, description="Size in MB of the largest picture that is sent.")
    audio_megabytes: AtLeastOne = Field(default=16, description="Size in MB of the largest sound that is sent.")
    video_megabytes: AtLeastOne = Field(default=16, description="Size in MB of the largest film that is sent.")
    document_megabytes: AtLeastOne = Field(default=100, description="Size in MB of the largest file that is sent.")

    def largest_bytes(self, kind: str | None) -> int:
        """Return how large a file of a kind may be; of none: any file."""
        by_kind = {
            "image": self.image_megabytes,
            "sticker": self.image_megabytes,
            "audio": self.audio_megabytes,
            "voice": self.audio_megabytes,
            "video": self.video_megabytes,
        }
        return by_kind.get(kind or "document", self.document_megabytes) * MEGABYTE
