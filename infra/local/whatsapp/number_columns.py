"""Where the database has the numbers of accounts, by table and column; accounts and devices are the directory's."""

from __future__ import annotations

# Rows that are an account's own, and what others keep only in order to reach it.
OWN_COLUMNS = (
    ("prekeys", "number"),
    ("phone_prekeys", "number"),
    ("queue", "number"),
    ("contacts", "number"),
    ("contacts", "watcher"),
    ("signal_sessions", "number"),
    ("signal_sessions", "peer"),
    ("phone_messages", "number"),
    ("sender_keys", "number"),
    ("sender_keys", "author"),
    ("sender_key_holders", "number"),
    ("sender_key_holders", "holder"),
    ("app_state", "number"),
    ("app_state_keys", "number"),
    ("status_audiences", "number"),
    ("status_audiences", "viewer"),
    ("aliases", "number"),
    ("look_ups", "number"),
    ("profiles", "number"),
    ("blocked", "number"),
)
