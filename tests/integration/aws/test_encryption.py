"""Models' keys in KMS, as ministack offers it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from gateway.aws.encryption import EncryptionUnavailable, ModelKeys, Unreadable
from gateway.store.ids import new_id
from infra.local.kms import ALIAS
from infra.local.ministack import MiniStack
from infra.local.queues import queue_environment
from tests.stack import Stack

KEY = SecretStr("sk-secret-0123456789")


@pytest.fixture
def keys(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> ModelKeys:
    use(stack.ministack.endpoint, monkeypatch)
    return ModelKeys(ALIAS)


def use(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in queue_environment(endpoint).items():
        monkeypatch.setenv(name, value)


def test_a_key_is_read_for_its_session_alone(keys: ModelKeys) -> None:
    session = new_id()
    ciphertext = keys.encrypt(KEY, session)
    assert KEY.get_secret_value().encode() not in ciphertext
    assert keys.decrypt(ciphertext, session) == KEY
    with pytest.raises(Unreadable):
        keys.decrypt(ciphertext, new_id())
    with pytest.raises(Unreadable):
        keys.decrypt(b"x" * 100, session)


def test_without_kms_it_says_so_and_no_error_holds_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    use("http://127.0.0.1:9", monkeypatch)
    with pytest.raises(EncryptionUnavailable) as caught:
        ModelKeys(ALIAS).encrypt(KEY, new_id())
    assert "sk-" not in repr(caught.value) and caught.value.__cause__ is None


def test_an_unknown_kms_key_is_no_fault_of_the_ciphertext(keys: ModelKeys) -> None:
    with pytest.raises(EncryptionUnavailable) as caught:
        ModelKeys("alias/nothing").encrypt(KEY, new_id())
    assert caught.value.cause == "NotFoundException"


@pytest.mark.timeout(60)
def test_what_was_encrypted_is_read_after_ministack_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ministack = MiniStack(tmp_path, tmp_path / "ministack.log")
    ministack.start()
    try:
        use(ministack.endpoint, monkeypatch)
        session = new_id()
        ciphertext = ModelKeys(ALIAS).encrypt(KEY, session)
        ministack.kill()
        ministack.start()
        assert ModelKeys(ALIAS).decrypt(ciphertext, session) == KEY
    finally:
        ministack.stop()
