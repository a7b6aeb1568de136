"""Odd input of every kind, as option, argument and variable: a sentence and the documented exit code, no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from infra.local.database import DatabaseUrls
from tests.people import Api

LONG = "x" * 100_000
# What a shell passes on of bytes that are no text.
BYTES = "\udcff"
STEERING = "a\x1b[2Jb\r\nc"
ENDPOINT = "http://127.0.0.1:9"
NOBODY = "0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10"
HUGE = "9" * 30

# The arguments and the exit code.
ARGUMENTS = [
    (["link", BYTES, "--timeout", "1"], 1),
    (["link", LONG, "--timeout", "1"], 1),
    (["link", "a", "--phone", "ключ", "--timeout", "1"], 1),
    (["link", "a", "--user", "not-an-id"], 2),
    (["link", "a", "--timeout", "nan"], 2),
    (["sessions", "--url", BYTES], 3),
    (["sessions", "--url", LONG], 3),
    (["sessions", "--url", "https://127.0.0.1:9"], 3),
    (["sessions", "--key-file", STEERING], 0),
    (["sessions", "--status", "gone"], 2),
    (["sessions", "--external-id", LONG], 1),
    (["send", "+49 155 / 5", "Hello", "--session", "a"], 2),
    (["send", "+4915551234567", "Hello", "--session", LONG], 2),
    (["send", "+4915551234567"], 2),
    (["send", "+4915551234567", "Hello", "--poll", "When?"], 2),
    (["send", "+4915551234567", "Hello", "--caption", "x"], 2),
    (["send", "+4915551234567", "Hello", "--name", "x"], 2),
    (["send", "+4915551234567", "Hello", "--option", "x"], 2),
    (["send", "+4915551234567", "--location", "here"], 2),
    (["send", "+4915551234567", "--location", "1,2,3"], 2),
    (["send", "+4915551234567", "--location", BYTES], 2),
    (["send", "+4915551234567", "--location", "nan,inf", "-s", "a"], 2),
    (["send", "+4915551234567", "--location", f"{HUGE},0", "-s", "a"], 2),
    (["send", "+4915551234567", "--contact", "Mara"], 2),
    (["send", "+4915551234567", "--contact", f"{BYTES}:", "-s", "a"], 2),
    (["send", "+4915551234567", "--contact", f"{LONG}:{BYTES}", "-s", "a"], 2),
    (["send", "+4915551234567", "--poll", LONG, "-s", "a"], 2),
    (["react", BYTES, "👍", "-s", "a"], 2),
    (["edit", NOBODY, LONG, "-s", "a"], 2),
    (["edit", NOBODY], 2),
    (["delete-message", "-s", "a"], 2),
    (["tail", "-n", HUGE], 2),
    (["tail", "--count", HUGE], 2),
    (["chats", "-n", HUGE], 2),
    (["chats", "-s", BYTES], 2),
    (["listen", "--forward-to", "http://["], 2),
    (["listen", "--forward-to", LONG], 2),
    (["listen", "--forward-to", BYTES], 2),
    (["listen", "--forward-to", "http://"], 2),
    (["listen", "--forward-to", ENDPOINT, "--types", LONG], 1),
    (["listen", "--forward-to", ENDPOINT, "--types", "gone"], 1),
    (["listen", "--forward-to", ENDPOINT, "--after", BYTES], 1),
    (["listen", "--forward-to", ENDPOINT, "--secret", "ключ"], 2),
    (["listen", "--forward-to", ENDPOINT, "--attempts", HUGE], 2),
    (["listen", "--forward-to", ENDPOINT, "--count", "0"], 2),
    (["disconnect", BYTES], 2),
    (["rename", "a", ""], 2),
    (["webhooks", "create", STEERING], 1),
    (["webhooks", "create", "https://example.com", "--session", "not-an-id"], 1),
    (["webhooks", "create", "https://example.com", "--description", LONG], 1),
    (["webhooks", "delete", BYTES], 1),
    (["webhooks", "deliveries", NOBODY, "-n", HUGE], 2),
    (["webhooks", "replay", NOBODY, "--after", "yesterday"], 1),
    (["doctor", "--connector-url", LONG], 1),
    (["doctor", "--connector-url", BYTES], 1),
    (["doctor", "--connector-url", STEERING], 1),
    (["doctor", "--url", "http://["], 1),
    (["doctor", "--url", BYTES], 1),
    (["keys", "create", "--name", BYTES], 1),
    (["keys", "create", "--scope", "everything"], 2),
    (["keys", "rotate", "not-an-id"], 2),
    (["keys", "rotate", NOBODY, "--grace", "inf"], 1),
    (["inbox", "list", "--session", BYTES], 2),
]
VARIABLES = [
    ({"GATEWAY_API_URL": BYTES}, ["sessions"], 3),
    ({"GATEWAY_API_KEY": "ключ"}, ["sessions"], 4),
    ({"GATEWAY_API_KEY": STEERING}, ["sessions"], 4),
    ({"GATEWAY_API_KEY": BYTES}, ["doctor"], 1),
    ({"GATEWAY_API_KEY": ""}, ["sessions", "--key-file", LONG], 2),
    ({"GATEWAY_API_KEY": ""}, ["doctor", "--key-file", LONG], 1),
    ({"GATEWAY_WEBHOOK_SECRET": BYTES}, ["listen", "--forward-to", ENDPOINT], 2),
    ({"GATEWAY_CONNECTOR_URL": "http://["}, ["doctor"], 1),
    ({"GATEWAY_DATABASE_URL": BYTES}, ["keys", "list"], 1),
    ({"GATEWAY_DATABASE_URL": "no such thing"}, ["keys", "list"], 1),
    ({"GATEWAY_DATABASE_URL": BYTES}, ["doctor"], 1),
]


def run(api: Api, key: str, database: DatabaseUrls, arguments: list[str], **variables: str) -> Result:
    own = {"GATEWAY_API_URL": api.url, "GATEWAY_API_KEY": key, "GATEWAY_DATABASE_URL": database.admin}
    return CliRunner().invoke(app, arguments, env={**own, **variables})


def assert_told(ended: Result, code: int) -> None:
    assert isinstance(ended.exception, SystemExit | None), repr(ended.exception)[:500]
    assert ended.exit_code == code, ended.output[:1000]
    said = ended.stdout + ended.stderr
    assert said.strip()
    assert "\x1b[2J" not in said
    # Typer frames what is wrong with an option, and breaks its lines.
    framed = "Usage:" in ended.stderr
    assert framed or len(ended.stderr) < 5000


@pytest.mark.parametrize(("arguments", "code"), ARGUMENTS, ids=lambda each: ascii(each)[:60])
def test_an_odd_argument_is_told(
    api: Api, key: str, module_database: DatabaseUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], code: int,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert_told(run(api, key, module_database, arguments), code)


@pytest.mark.parametrize(("variables", "arguments", "code"), VARIABLES, ids=lambda each: ascii(each)[:60])
def test_an_odd_variable_is_told(
    api: Api, key: str, module_database: DatabaseUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str], arguments: list[str], code: int,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert_told(run(api, key, module_database, arguments, **variables), code)
