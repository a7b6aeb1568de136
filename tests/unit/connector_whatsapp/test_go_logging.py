from __future__ import annotations

import ctypes
import logging
import subprocess
import sys

import pytest

from connector.whatsapp.go_logging import log_callback
from connector.whatsapp.library import neonize_pb2
from connector.whatsapp.redaction import redact

NOISE = """
import os
from connector.whatsapp.stdout import quiet_stdout
quiet_stdout()
os.write(1, b"noise")
print("ours")
"""
LOADED = "import logging, sys; import connector.whatsapp.library; print(logging.root.handlers, 'PIL' in sys.modules)"


def log_from_go(level: str, message: str) -> None:
    data = neonize_pb2.LogEntry(Name="Client/Socket", Level=level, Message=message).SerializeToString()
    buffer = ctypes.create_string_buffer(data)
    log_callback(ctypes.cast(buffer, ctypes.c_void_p), len(data))


@pytest.mark.parametrize(("level", "number"), [("WARN", logging.WARNING), ("ERROR", logging.ERROR)])
def test_a_line_of_go_is_a_record_without_people(level: str, number: int, caplog: pytest.LogCaptureFixture) -> None:
    log_from_go(level, 'Failed for 4915112345678@s.whatsapp.net: <message notify="Maria"/>')
    assert [(record.name, record.levelno) for record in caplog.records] == [("whatsmeow.client.socket", number)]
    assert "4915112345678" not in caplog.text and "Maria" not in caplog.text


def test_a_percent_sign_is_just_that(caplog: pytest.LogCaptureFixture) -> None:
    log_from_go("ERROR", "100% of %s")
    assert caplog.messages == ["100% of %s"]


def test_ids_of_ours_survive_redaction() -> None:
    assert redact("3EB0A1FA: code 463 of 12:30") == "3EB0A1FA: code 463 of 12:30"


def output_of(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_what_go_prints_stays_out_of_standard_output() -> None:
    assert output_of(NOISE) == "ours\n"


def test_loading_neonize_leaves_logging_alone_and_images_out() -> None:
    assert output_of(LOADED) == "[] False\n"


def test_neonize_can_still_be_had_whole() -> None:
    code = "import connector.whatsapp.library, neonize; print(neonize.NewClient.__name__)"
    assert output_of(code).splitlines()[-1] == "NewClient"
