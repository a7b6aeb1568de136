"""Which module writes which table: one each, and the exceptions."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import gateway

ROOT = Path(gateway.__file__).parents[1]
_WRITE = re.compile(r"\b(?:UPDATE|INSERT INTO|DELETE FROM)\s+(?:ONLY\s+)?gateway\.(\w+|\{\w+\})")
_USE = re.compile(r"\b(?:UPDATE|INTO|FROM|JOIN|USING)\s+(?:ONLY\s+)?gateway\.")

WRITERS = {
    "ai_configs": {"assistant.configs"},
    "ai_platform_usage": {"assistant.usage"},
    "ai_usage": {"assistant.usage"},
    "api_keys": {"api_keys"},
    # Records who was told that a machine answers; sets counts and the last message again from the rows; the admins of
    # groups; after how long messages disappear;
    # how the phone showed them;
    # many contacts at once, who is blocked, and pictures; what keeps the assistant silent; a merge combines two.
    "chats": {
        "chats",
        "contacts",
        "pictures",
        "history",
        "assistant.disclosures",
        "assistant.silence",
        "merging",
        "unread",
        "groups",
        "timers",
    },
    "contact_lists": {"contacts"},
    "number_checks": {"numbers"},
    "early_receipts": {"receipts"},
    "overtaken_changes": {"changes"},
    "waiting_changes": {"waiting"},
    # Retention deletes by age, and records how far; those of a restored dump get ids of this server.
    "history_pieces": {"history", "spools"},
    "events": {"events", "maintenance.retention", "adopting"},
    "event_listeners": {"event_listeners"},
    "push_connections": {"push_connections"},
    "push_lease": {"push_lease"},
    "event_horizon": {"maintenance.retention", "adopting"},
    # Events come from a spool, in the statement that moves its position on; those kept are put back to be read again.
    "inbox": {"inbox", "spools", "raw_events"},
    # Kept in the statement that stores their messages.
    "raw_events": {"raw_events", "incoming"},
    "merged_chats": {"merged_chats"},
    "presences": {"presences"},
    "message_receipts": {"receipts"},
    # Expected with their messages, and erased with them; pictures likewise; retention erases by age.
    "media_objects": {"media", "pictures", "media_sends", "uploads", "message_files", "maintenance.stored_files"},
    "numbers": {"numbers"},
    "rate_limits": {"limits"},
    "spools": {"spools"},
    "shard_leases": {"leases"},
    "user_profiles": {"users"},
    "workers": {"leases"},
    # Records what came of sending; a dispatcher moves the cursor; those of a restored dump get ids of this server.
    "webhooks": {"webhooks", "sending", "adopting", "maintenance.retention"},
    # A webhook that works again has what is open sent at once.
    "webhook_deliveries": {"deliveries", "sending", "webhooks", "maintenance.retention"},
    "webhook_attempts": {"sending"},
    "webhook_cursor": {"dispatching", "adopting"},
    # What has a result is ended with it; expires what its owner has not; of a restored backup nothing is sent again.
    "commands": {"commands", "operations", "maintenance.stale", "maintenance.restoring", "media_sends", "plain_sends"},
    "groups": {"groups"},
    "group_lists": {"groups"},
    "group_participants": {"groups"},
    # Inserts what is to be sent, claims and ends it by one statement each; stores what came in, by one statement
    # for many messages, and what it does to others; a merge of chats moves their messages; what was not understood is
    # read again; parts name their album, live locations move.
    "whatsapp_explorer_messages": {
        "messages",
        "drafts",
        "plain_sends",
        "incoming",
        "history",
        "changes",
        "placeholders",
        "chats",
        "merging",
        "albums",
        "live_locations",
        "rereading",
    },
    # Runs claim them; reserves tokens; a merge of chats moves their turns; retention erases the texts of tests.
    "turns": {
        "assistant.turns",
        "assistant.running",
        "assistant.usage",
        "assistant.merged_turns",
        "maintenance.retention",
    },
    "whatsapp_sessions": {
        "sessions",  # for the API
        "desired_state",  # likewise
        "fence",  # for the owner
        "commands",  # the number of the last command, as a part of its insertion
        "events",  # the number of the last event and its transaction's, likewise
        "adopting",  # the latter, in a restored dump
        "leases",  # the epoch
        "maintenance.stale",  # the end of an import of which nobody tells
        "maintenance.resharding",  # the shard
        "maintenance.retention",
    },
    # Retention deletes by the names of tables.
    "{table}": {"maintenance.retention"},
}


def _sources(*packages: str) -> dict[str, str]:
    files = [file for package in packages for file in (ROOT / package).rglob("*.py")]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts): file.read_text() for file in files}


def test_each_table_has_its_writers_and_no_others() -> None:
    found = defaultdict(set)
    for module, source in _sources("gateway", "functions", "connector").items():
        for table in _WRITE.findall(source):
            found[table].add(module.removeprefix("gateway.store."))
    assert found == WRITERS


def test_functions_and_connector_hold_no_sql_over_the_gateways_tables() -> None:
    assert [module for module, source in _sources("functions", "connector").items() if _USE.search(source)] == []
