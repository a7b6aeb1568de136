"""The two certificate chains that a client checks: WhatsApp's own inside Noise, and TLS."""

from __future__ import annotations

import datetime
import ipaddress
import time
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.keys import KeyPair

_DAY = datetime.timedelta(days=1)
_LIFETIME = datetime.timedelta(days=3650)
LOOPBACK = ipaddress.ip_address("127.0.0.1")
_INTERMEDIATE_SERIAL = 1
_LEAF_SERIAL = 2


def noise_chain(root: KeyPair, intermediate: KeyPair, static: KeyPair) -> bytes:
    """Return the chain: root signs intermediate, which signs static; clients know only the public key of root."""
    chain = proto.CertChain()
    chain.intermediate.details = _noise_details(_INTERMEDIATE_SERIAL, 0, intermediate.public)
    chain.intermediate.signature = root.sign(chain.intermediate.details)
    chain.leaf.details = _noise_details(_LEAF_SERIAL, _INTERMEDIATE_SERIAL, static.public)
    chain.leaf.signature = intermediate.sign(chain.leaf.details)
    encoded: bytes = chain.SerializeToString()
    return encoded


def _noise_details(serial: int, issuer: int, key: bytes) -> bytes:
    now = int(time.time())
    details = proto.CertChain.NoiseCertificate.Details(
        serial=serial,
        issuerSerial=issuer,
        key=key,
        notBefore=now - int(_DAY.total_seconds()),
        notAfter=now + int(_LIFETIME.total_seconds()),
    )
    encoded: bytes = details.SerializeToString()
    return encoded


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM texts: the authority clients trust, and the server's certificate and key."""

    authority: bytes
    certificate: bytes
    key: bytes


def issue_tls(hosts: Sequence[str]) -> TlsFiles:
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _authority(authority_key)
    certificate = _server_certificate(hosts, server_key.public_key(), authority, authority_key)
    return TlsFiles(
        authority.public_bytes(serialization.Encoding.PEM),
        certificate.public_bytes(serialization.Encoding.PEM),
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _LIFETIME)
    )


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _name("Local WhatsApp test authority")
    return (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server_certificate(
    hosts: Sequence[str],
    key: ec.EllipticCurvePublicKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    names = x509.SubjectAlternativeName([*(x509.DNSName(host) for host in hosts), x509.IPAddress(LOOPBACK)])
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder(_name(hosts[0]), authority.subject, key)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def certified_names(certificate: bytes) -> set[str]:
    """Return the hosts and addresses that a PEM certificate is for."""
    loaded = x509.load_pem_x509_certificate(certificate)
    names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
