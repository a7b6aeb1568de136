"""The faults that can be injected; none of them outlives the process."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum

from infra.local.whatsapp.accounts import PHONE, Address
from infra.local.whatsapp.media_faults import MediaFaults

DEFAULT_QR_REFS = 6


class Counted(StrEnum):
    """Faults that apply to the next n stanzas."""

    WITHHOLD_ACKS = "withholdAcks"
    DUPLICATE = "duplicate"
    LOSE_RECEIPTS = "loseReceipts"
    CORRUPT = "corrupt"
    LATE = "late"


class PairingFault(StrEnum):
    """Faults that apply to the next scan only."""

    WRONG_HMAC = "wrongHmac"
    WRONG_SIGNATURE = "wrongSignature"
    EXPIRED_REF = "expiredRef"


@dataclass(slots=True)
class Countdown:
    """How many stanzas are left to hit (None: all until cleared) and of which device.

    Without `device` it applies to linked clients and not to phones.
    """

    left: int | None
    number: str | None = None
    device: int | None = None

    def hits(self, address: Address) -> bool:
        """Return whether a stanza of this device is hit, and count it."""
        if self.left == 0 or not self._applies_to(address):
            return False
        if self.left is not None:
            self.left -= 1
        return True

    def _applies_to(self, address: Address) -> bool:
        if self.number not in (None, address.number):
            return False
        return address.device != PHONE if self.device is None else address.device == self.device


@dataclass(frozen=True, slots=True)
class AckError:
    """The error with which messages are refused, and which of them."""

    code: str
    countdown: Countdown


@dataclass(slots=True)
class Faults:
    """The faults in effect now.

    `login_failures` holds the attributes of the failure by number, None being new clients; `failed_lookups` the code by
    number that is looked up, None for no answer. With `silent_privacy` nobody learns their privacy settings. `latency`
    is in seconds.
    """

    counted: dict[Counted, Countdown] = field(default_factory=dict)
    login_failures: dict[str | None, dict[str, str]] = field(default_factory=dict)
    failed_lookups: dict[str, int | None] = field(default_factory=dict)
    ack_error: AckError | None = None
    pairing: PairingFault | None = None
    qr_refs: int = DEFAULT_QR_REFS
    silent_privacy: bool = False
    latency: float = 0.0
    silent_everywhere: bool = False
    silent_numbers: set[str] = field(default_factory=set)
    media: MediaFaults = field(default_factory=MediaFaults)
    _refused_until: float = 0.0

    def hits(self, kind: Counted, address: Address) -> bool:
        """Return whether a stanza of this device is hit, and count it."""
        countdown = self.counted.get(kind)
        return countdown is not None and countdown.hits(address)

    def refusal(self, address: Address) -> str | None:
        """Return the error with which a message of this device is refused, and count it."""
        return self.ack_error.code if self.ack_error and self.ack_error.countdown.hits(address) else None

    def refuse(self, seconds: float) -> None:
        """Refuse new connections for so long."""
        self._refused_until = time.monotonic() + seconds

    @property
    def refusing(self) -> bool:
        return time.monotonic() < self._refused_until

    def silences(self, number: str | None) -> bool:
        """Return whether connections of this number are silenced."""
        return self.silent_everywhere or number in self.silent_numbers

    def pop_pairing(self, fault: PairingFault) -> bool:
        """Return whether this fault is set, and clear it."""
        if self.pairing is not fault:
            return False
        self.pairing = None
        return True

    def clear(self) -> None:
        self.media.clear()
        fresh = Faults(media=self.media)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))
