"""What a migration may do while the release before runs: no writer waits for what a large table takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlparse

import gateway

FOLDER = Path(gateway.__file__).parent / "store/migrations"
# Those up to here are as they are: none of their tables was large when they ran.
LAST_OF_BEFORE = 36
# In which order a transaction locks what it writes: a session first.
ORDER = ("whatsapp_sessions", "chats", "commands", "whatsapp_explorer_messages", "media_objects", "events")

_TABLE = r"(?:IF (?:NOT )?EXISTS )?(?:ONLY )?gateway\.(\w+)"
_MADE = re.compile(rf"CREATE TABLE {_TABLE}", re.IGNORECASE)
_CHANGED = re.compile(rf"(?:ALTER TABLE|REFERENCES|CREATE TRIGGER .*? ON) {_TABLE}", re.IGNORECASE | re.DOTALL)
_LOCKED = re.compile(r"LOCK TABLE (.*?) IN ", re.IGNORECASE | re.DOTALL)
_HOLDS_NOBODY_UP = re.compile(r"\bCONCURRENTLY\b|\bVALIDATE CONSTRAINT\b|^SET ", re.IGNORECASE)
# By the table that they concern.
_SCANS = {
    "build the index CONCURRENTLY, in a file that is not transactional": rf"CREATE (?:UNIQUE )?INDEX .*? ON {_TABLE}",
    "add a check or a reference NOT VALID": rf"ALTER TABLE {_TABLE} (?:(?!;|NOT VALID).)*\b(?:CHECK|FOREIGN KEY)\b"
    r"(?!.*NOT VALID)",
    "add the reference as a constraint that is NOT VALID": rf"ALTER TABLE {_TABLE} (?:(?!FOREIGN KEY).)*\bREFERENCES\b",
    "add a unique constraint USING an INDEX": rf"ALTER TABLE {_TABLE} .*\b(?:UNIQUE|PRIMARY KEY)\b(?!.*USING INDEX)",
    "the table is written anew": rf"ALTER TABLE {_TABLE} .*(?:\bTYPE\b|DEFAULT (?:gen_random_uuid|clock_timestamp))",
    "the whole table is read": rf"ALTER TABLE {_TABLE} .*\bALTER COLUMN \w+ SET NOT NULL\b",
    "every row is locked": rf"(?:UPDATE|DELETE FROM) {_TABLE}",
}


def wrong_with(text: str) -> list[str]:
    """Return what is to be said against a migration."""
    statements = [sqlparse.format(each, strip_comments=True).strip() for each in sqlparse.split(text)]
    statements = [" ".join(each.split()) for each in statements if each and not each.upper().startswith("GRANT")]
    made = set(_MADE.findall(text))
    if re.search(r"^-- transactional: false$", text, re.MULTILINE):
        tables = {each: set(re.findall(r"gateway\.(\w+)", each)) for each in statements}
        allowed = [each for each in statements if _HOLDS_NOBODY_UP.search(each) or tables[each] <= made]
        return [f"belongs in a transaction: {each}" for each in statements if each not in allowed]
    found = [
        f"{why}: {each}"
        for each in statements
        for why, pattern in _SCANS.items()
        if (match := re.match(pattern, each, re.IGNORECASE)) and match.group(1) not in made
    ]
    return found + _out_of_order(statements, made)


def _out_of_order(statements: list[str], made: set[str]) -> list[str]:
    changed = {table for each in statements for table in _CHANGED.findall(each)} - made
    locked = [name for each in statements[:1] for names in _LOCKED.findall(each) for name in re.split(r",\s*", names)]
    order = [name.removeprefix("gateway.") for name in locked]
    if len(changed) < 2 and not order:
        return []
    wanted = [table for table in ORDER if table in changed] + sorted(changed - set(ORDER))
    return [] if order == wanted else [f"begin with LOCK TABLE of {', '.join(wanted)}, in this order"]


def _number(file: Path) -> int:
    return int(file.name.split(".")[0])


def test_no_migration_holds_writers_up() -> None:
    newer = [file for file in FOLDER.glob("*.sql") if _number(file) >= LAST_OF_BEFORE]
    assert newer
    assert {file.name: wrong for file in newer if (wrong := wrong_with(file.read_text()))} == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CREATE INDEX a ON gateway.chats (id);", "CONCURRENTLY"),
        ("ALTER TABLE gateway.chats ADD CONSTRAINT a CHECK (b > 0);", "NOT VALID"),
        ("ALTER TABLE gateway.chats ADD COLUMN a text CHECK (a <> '');", "NOT VALID"),
        ("ALTER TABLE gateway.chats ADD CONSTRAINT a FOREIGN KEY (b) REFERENCES gateway.chats;", "NOT VALID"),
        ("ALTER TABLE gateway.chats ADD COLUMN a uuid REFERENCES gateway.chats;", "NOT VALID"),
        ("ALTER TABLE gateway.chats ADD UNIQUE (a);", "USING an INDEX"),
        ("ALTER TABLE gateway.chats ALTER COLUMN a TYPE bigint;", "anew"),
        ("ALTER TABLE gateway.chats ADD COLUMN a uuid DEFAULT gen_random_uuid();", "anew"),
        ("ALTER TABLE gateway.chats ALTER COLUMN a SET NOT NULL;", "whole table"),
        ("UPDATE gateway.chats SET a = 1;", "every row"),
        (
            "ALTER TABLE gateway.commands ADD a int; ALTER TABLE gateway.chats ADD a int;",
            "LOCK TABLE of chats, commands",
        ),
        ("CREATE TABLE gateway.a (b uuid REFERENCES gateway.chats, c uuid REFERENCES gateway.events);", "LOCK TABLE"),
        (
            "LOCK TABLE gateway.commands, gateway.chats IN ACCESS EXCLUSIVE MODE;"
            " ALTER TABLE gateway.commands ADD a int; ALTER TABLE gateway.chats ADD a int;",
            "LOCK TABLE of chats, commands",
        ),
        ("-- transactional: false\nALTER TABLE gateway.chats ADD COLUMN a int;", "in a transaction"),
    ],
)
def test_what_holds_writers_up_is_refused(text: str, said: str) -> None:
    assert said in "\n".join(wrong_with(text))


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE gateway.chats ADD COLUMN a text NOT NULL DEFAULT 'x';",
        "ALTER TABLE gateway.chats ADD CONSTRAINT a CHECK (b > 0) NOT VALID;",
        "CREATE TABLE gateway.a (b int CHECK (b > 0)); CREATE INDEX c ON gateway.a (b); UPDATE gateway.a SET b = 1;",
        "LOCK TABLE gateway.chats, gateway.commands IN ACCESS EXCLUSIVE MODE;"
        " ALTER TABLE gateway.commands ADD a int; ALTER TABLE gateway.chats ADD a int;",
        "-- transactional: false\nDROP INDEX CONCURRENTLY IF EXISTS gateway.a;\n"
        "CREATE INDEX CONCURRENTLY a ON gateway.chats (b);\nALTER TABLE gateway.chats VALIDATE CONSTRAINT c;",
    ],
)
def test_what_holds_nobody_up_is_taken(text: str) -> None:
    assert wrong_with(text) == []
