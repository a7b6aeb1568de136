from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.faults import PairingFault
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.pairing.link import PairingRefused
from infra.local.whatsapp.pairing.pairing_code import NoCodeRequested, WrongCode, enter_code
from infra.local.whatsapp.pairing.pairing_offers import CodeRequest, Finish, Registration
from infra.local.whatsapp.pairing.qr_code import ExpiredRef, InvalidQr, scan
from infra.local.whatsapp.signal.bundle import SignedPrekey
from infra.local.whatsapp.transport.connection import Connection, ConnectionEnded
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.keys import KeyPair, derive, verified
from infra.local.whatsapp.wire.node import Node


class Client:
    """The other end of a connection, with the checks and signatures of a real client."""

    def __init__(self, network: Network) -> None:
        self.identity, self.signed = KeyPair.generate(), KeyPair.generate()
        self.noise_key = os.urandom(32)
        self.adv_secret = os.urandom(32)
        self.signer = self.identity
        self.sent: list[Node] = []
        prekey = SignedPrekey.issue(self.identity, 1, self.signed.public)
        data = SimpleNamespace(
            eIdent=self.identity.public,
            eRegid=(77).to_bytes(4, "big"),
            eSkeyId=(1).to_bytes(3, "big"),
            eSkeyVal=prekey.public,
            eSkeySig=prekey.signature,
            deviceProps=b"",
        )
        self.registration = Registration(cast(Connection, self), data)
        self.ref = network.pairing_offers.register(self.registration, 1)[0]

    def qr(self, *, ref: str | None = None, noise_key: bytes | None = None) -> str:
        keys = (noise_key or self.noise_key, self.identity.public, self.adv_secret)
        parts = [ref or self.ref, *(base64.b64encode(key).decode() for key in keys), "1"]
        return "https://wa.me/settings/linked_devices#" + ",".join(parts)

    def send(self, node: Node) -> None:
        self.sent.append(node)

    def expect_close(self, within_seconds: float) -> None:
        """Hangs up by itself."""

    async def request(self, xmlns: str, content: list[Node], **attrs: object) -> Node:
        sealed = proto.ADVSignedDeviceIdentityHMAC.FromString(content[0].data("device-identity"))
        if not hmac.compare_digest(hmac.digest(self.adv_secret, sealed.details, "sha256"), sealed.hmac):
            return Node("iq", {"type": "error"}, [Node("error", {"code": "401", "text": "hmac-mismatch"})])
        signed = proto.ADVSignedDeviceIdentity.FromString(sealed.details)
        message = b"\x06\x00" + signed.details + self.identity.public
        if not verified(signed.accountSignatureKey, message, signed.accountSignature):
            return Node("iq", {"type": "error"}, [Node("error", {"code": "401", "text": "signature-mismatch"})])
        return Node("iq", {"type": "result"}, [Node("pair-device-sign", {}, [self._countersigned(signed)])])

    def _countersigned(self, signed: Any) -> Node:
        message = b"\x06\x01" + signed.details + self.identity.public + signed.accountSignatureKey
        signed.deviceSignature = self.signer.sign(message)
        signed.ClearField("accountSignatureKey")
        return Node("device-identity", {"key-index": 1}, signed.SerializeToString())


@pytest.fixture
def account(network: Network) -> Account:
    return network.directory.create("491700000001", "Desk")


def test_a_scan_adds_a_device_both_sides_have_signed(network: Network, account: Account) -> None:
    client = Client(network)
    device = asyncio.run(scan(network, account, client.qr()))
    assert network.directory.companions(account.number) == [device]
    assert (device.id, device.registration_id, device.noise_key) == (1, 77, client.noise_key)
    adv = proto.ADVSignedDeviceIdentity.FromString(device.adv)
    assert adv.accountSignatureKey == account.keys.identity.public
    assert verified(
        client.identity.public,
        b"\x06\x01" + adv.details + client.identity.public + adv.accountSignatureKey,
        adv.deviceSignature,
    )
    assert client.sent[-1].attrs == {"code": "515"}


def test_a_ref_links_once(network: Network, account: Account) -> None:
    client = Client(network)
    asyncio.run(scan(network, account, client.qr()))
    with pytest.raises(ExpiredRef):
        asyncio.run(scan(network, account, client.qr()))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(PairingFault.WRONG_HMAC, "hmac-mismatch"), (PairingFault.WRONG_SIGNATURE, "signature-mismatch")],
)
def test_a_client_refuses_a_forged_identity(
    network: Network, account: Account, fault: PairingFault, reason: str
) -> None:
    network.faults.pairing = fault
    with pytest.raises(PairingRefused, match=reason):
        asyncio.run(scan(network, account, Client(network).qr()))
    assert network.directory.companions(account.number) == []
    assert asyncio.run(scan(network, account, Client(network).qr())).id == 2


def test_a_client_that_signs_with_another_key_is_refused(network: Network, account: Account) -> None:
    client = Client(network)
    client.signer = KeyPair.generate()
    with pytest.raises(PairingRefused, match="signature"):
        asyncio.run(scan(network, account, client.qr()))


def test_a_qr_code_with_other_keys_than_its_client_is_refused(network: Network, account: Account) -> None:
    with pytest.raises(PairingRefused, match="other keys"):
        asyncio.run(scan(network, account, Client(network).qr(noise_key=os.urandom(32))))


def test_a_client_that_hangs_up_is_not_linked(network: Network, account: Account) -> None:
    client = Client(network)

    async def close_connection(*_: object, **__: object) -> Node:
        raise ConnectionEnded

    client.request = close_connection  # type: ignore[method-assign]
    with pytest.raises(PairingRefused, match="hung up"):
        asyncio.run(scan(network, account, client.qr()))


def test_a_client_that_left_shows_no_ref_any_more(network: Network, account: Account) -> None:
    client = Client(network)
    network.pairing_offers.withdraw(client.registration.connection)
    with pytest.raises(ExpiredRef):
        asyncio.run(scan(network, account, client.qr()))


@pytest.mark.parametrize("text", ["", "hello", "ref,short", "ref,a!,b!,c!"])
def test_other_qr_codes_are_not_whatsapps(network: Network, account: Account, text: str) -> None:
    with pytest.raises(InvalidQr):
        asyncio.run(scan(network, account, text))


def _ctr(code: str, salt: bytes, iv: bytes, data: bytes) -> bytes:
    key = hashlib.pbkdf2_hmac("sha256", code.encode(), salt, 2 << 16, 32)
    cipher = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
    return cipher.update(data) + cipher.finalize()


class CodeClient(Client):
    """A client that shows a code."""

    def __init__(self, network: Network, account: Account, code: str) -> None:
        super().__init__(network)
        self.code, self.ephemeral = code, KeyPair.generate()
        salt, iv = os.urandom(32), os.urandom(16)
        wrapped = salt + iv + _ctr(code, salt, iv, self.ephemeral.public)
        self.network, self.number = network, account.number
        finish = asyncio.get_running_loop().create_future()
        network.pairing_offers.request_code(account.number, CodeRequest(self.registration, b"ref", wrapped, finish))

    def send(self, node: Node) -> None:
        super().send(node)
        if node.tag == "notification":
            request = self.network.pairing_offers.code_request(self.number)
            assert request
            request.finish.set_result(self._answer(node.child("link_code_companion_reg")))

    def _answer(self, hello: Node) -> Finish:
        wrapped = hello.data("link_code_pairing_wrapped_primary_ephemeral_pub")
        shared = self.ephemeral.agree(_ctr(self.code, wrapped[:32], wrapped[32:48], wrapped[48:]))
        account, salt, nonce, random = hello.data("primary_identity_pub"), *map(os.urandom, (32, 12, 32))
        key = derive(shared, 32, salt=salt, info=b"link_code_pairing_key_bundle_encryption_key")
        sealed = AESGCM(key).encrypt(nonce, self.identity.public + account + random, None)
        self.adv_secret = derive(shared + self.identity.agree(account) + random, 32, info=b"adv_secret")
        return Finish(salt + nonce + sealed, self.identity.public)


@pytest.mark.parametrize("typed", ["ABCD1234", "abcd-1234"])
def test_a_code_leads_both_to_the_same_secret(network: Network, account: Account, typed: str) -> None:
    async def enter() -> None:
        CodeClient(network, account, "ABCD1234")
        device = await enter_code(network, account, typed)
        assert network.directory.companions(account.number) == [device]

    asyncio.run(enter())


def test_another_code_opens_nothing_and_does_not_use_up_the_right_one(network: Network, account: Account) -> None:
    async def enter() -> None:
        CodeClient(network, account, "ABCD1234")
        for wrong in ("ABCD1235", "ABCD1236"):
            with pytest.raises(WrongCode):
                await enter_code(network, account, wrong)
        assert network.directory.companions(account.number) == []
        device = await enter_code(network, account, "ABCD1234")
        assert network.directory.companions(account.number) == [device]

    asyncio.run(enter())


def test_without_a_client_there_is_no_code(network: Network, account: Account) -> None:
    with pytest.raises(NoCodeRequested):
        asyncio.run(enter_code(network, account, "ABCD1234"))
