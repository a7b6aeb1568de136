from __future__ import annotations

import pyaileys.appstate as reference

from infra.local.whatsapp.devices.device_lists import device_hash
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.app_state import PUSH_NAME_COLLECTION, AppStateKey, push_name_patch
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import LID, Jid


def test_the_first_patch_is_what_other_implementations_accept(network: Network) -> None:
    key = AppStateKey.of(network.database, "491700000001")
    network.app_state.append("491700000001", PUSH_NAME_COLLECTION, push_name_patch(key, "Desk"))
    (stamped,) = network.app_state.after("491700000001", PUSH_NAME_COLLECTION, 0)
    result = reference.process_patch(
        proto.SyncdPatch.FromString(stamped),
        reference.HashState(),
        {key.id: reference.expand_app_state_keys(key.secret)}.__getitem__,
        lambda mac: None,
        validate_macs=True,
        collection_name=PUSH_NAME_COLLECTION,
    )
    assert result.mutations[0].action_value.pushNameSetting.name == "Desk"


def test_a_key_is_made_once(network: Network) -> None:
    assert AppStateKey.of(network.database, "1") == AppStateKey.of(network.database, "1")
    assert AppStateKey.of(network.database, "1") != AppStateKey.of(network.database, "2")


def test_a_set_of_devices_has_one_name_whatever_its_order() -> None:
    jids = [Jid("100", LID), Jid("100", LID, 2)]
    assert device_hash(jids) == device_hash(reversed(jids)) != device_hash(jids[:1])
