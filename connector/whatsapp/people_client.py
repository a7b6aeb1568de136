"""The operations of a running client on people: look-ups, pictures, the block list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from connector.whatsapp.client_lifecycle import ClientLifecycle
from connector.whatsapp.errors import parse_error
from connector.whatsapp.jids import WhatsAppAddress, combine_jids, to_proto
from connector.whatsapp.library import gocode, neonize_pb2
from gateway.domain.contacts import PictureState

# What whatsmeow says where there is no picture for us.
_HIDDEN = "hidden their profile picture"
_NOT_SET = "does not have a profile picture"


@dataclass(frozen=True, slots=True)
class Registration:
    """Whether a number has WhatsApp, and what WhatsApp named for it: a LID, or a number, perhaps another."""

    registered: bool
    lid: str | None = None
    phone_number: str | None = None


@dataclass(frozen=True, slots=True)
class ProfilePicture:
    """What WhatsApp shows of a picture; without an id it is the one that is known already, or there is none."""

    state: PictureState
    id: str | None = None
    url: str | None = field(default=None, repr=False)
    direct_path: str | None = field(default=None, repr=False)


class PeopleClient(ClientLifecycle):
    """Every method raises WhatsAppError."""

    def look_up(self, phone_number: str) -> Registration:
        """Ask WhatsApp for an E.164 number; one that it leaves out of its answer is not registered."""
        # Of one number the answer is about that one, whatever number it repeats.
        found = [_registration(row) for row in self._look_up([phone_number])]
        return next((one for one in found if one.registered), Registration(registered=False))

    def look_up_all(self, phone_numbers: Sequence[str]) -> dict[str, Registration]:
        """Ask WhatsApp for E.164 numbers, all of them at once."""
        answers = {_digits(row.Query): _registration(row) for row in self._look_up(phone_numbers)}
        missing = Registration(registered=False)
        return {number: answers.get(_digits(number), missing) for number in phone_numbers}

    def _look_up(self, phone_numbers: Sequence[str]) -> list[neonize_pb2.IsOnWhatsAppResponse]:
        query = " ".join(phone_numbers).encode()
        response = neonize_pb2.IsOnWhatsAppReturnFunction.FromString(self._call(gocode.IsOnWhatsApp, query, len(query)))
        if response.Error:
            raise parse_error(response.Error)
        return list(response.IsOnWhatsAppResponse)

    def picture(self, owner_jid: str, known_id: str | None, *, is_community: bool = False) -> ProfilePicture:
        """Return a picture; only its state where it is still the known one, hidden, or not set."""
        jid = to_proto(owner_jid).SerializeToString()
        # They are heeded only where all three are given.
        wanted = neonize_pb2.GetProfilePictureParams(
            Preview=False, ExistingID=known_id or "", IsCommunity=is_community
        ).SerializeToString()
        response = neonize_pb2.GetProfilePictureReturnFunction.FromString(
            self._call(gocode.GetProfilePicture, jid, len(jid), wanted, len(wanted))
        )
        if _HIDDEN in response.Error:
            return ProfilePicture(PictureState.HIDDEN)
        if _NOT_SET in response.Error:
            return ProfilePicture(PictureState.NOT_SET)
        if response.Error:
            raise parse_error(response.Error)
        found = response.Picture
        return ProfilePicture(PictureState.SET, found.ID or None, found.URL or None, found.DirectPath or None)

    def blocked(self) -> list[WhatsAppAddress]:
        """Return who is blocked."""
        return _blocked(self._call(gocode.GetBlocklist))

    def set_blocked(self, person_lid: str, *, blocked: bool) -> None:
        """Block somebody, by the LID, or end that."""
        jid = to_proto(person_lid).SerializeToString()
        action = b"block" if blocked else b"unblock"
        _blocked(self._call(gocode.UpdateBlocklist, jid, len(jid), action))


def _blocked(payload: bytes) -> list[WhatsAppAddress]:
    response = neonize_pb2.GetBlocklistReturnFunction.FromString(payload)
    if response.Error:
        raise parse_error(response.Error)
    return [combine_jids(jid) for jid in response.Blocklist.JIDs]


def _digits(number: str) -> str:
    return re.sub("[^0-9]", "", number.partition("@")[0])


def _registration(row: neonize_pb2.IsOnWhatsAppResponse) -> Registration:
    named = combine_jids(row.JID)
    return Registration(row.IsIn, named.lid, named.phone_number) if row.IsIn else Registration(registered=False)
