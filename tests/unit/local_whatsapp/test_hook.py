"""The hook in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import tests.chaos
from infra.local.whatsapp.transport.environment import HOOK

_ROOT = "ab" * 32


def _run(code: str, tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{HOOK}:{tmp_path}", **variables}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=30, check=False
    )


_COUNT = """
import ctypes, sys
from pathlib import Path
import neonize.client
def count(key):
    found = 0
    for line in Path("/proc/self/maps").read_text().splitlines():
        if "/neonize-" in line and " rw" in line:
            start, end = (int(part, 16) for part in line.split()[0].split("-"))
            found += ctypes.string_at(start, end - start).count(key)
    return found
genuine = bytes.fromhex("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b")
print(count(genuine), count(bytes.fromhex("ab" * 32)))
"""


def test_the_root_key_is_replaced_once_when_neonize_is_imported(tmp_path: Path) -> None:
    assert _run(_COUNT, tmp_path, WHATSAPP_ROOT_KEY=_ROOT).stdout == "0 1\n"


def test_without_a_root_key_nothing_is_replaced(tmp_path: Path) -> None:
    assert _run(_COUNT, tmp_path, WHATSAPP_ROOT_KEY="").stdout == "1 0\n"


def test_a_key_of_a_wrong_length_ends_the_import(tmp_path: Path) -> None:
    failed = _run("import neonize.client", tmp_path, WHATSAPP_ROOT_KEY="abcd")
    assert failed.returncode == 1
    assert "must be 32 bytes" in failed.stderr


def test_a_process_that_does_not_want_neonize_does_not_load_it(tmp_path: Path) -> None:
    code = "import sys; print([name for name in sys.modules if name.split('.')[0] in ('neonize', 'magic')])"
    assert _run(code, tmp_path, WHATSAPP_ROOT_KEY=_ROOT).stdout == "[]\n"


def test_another_sitecustomize_runs_too(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('the other one')\n")
    assert _run("pass", tmp_path, WHATSAPP_ROOT_KEY=_ROOT).stdout == "the other one\n"


def test_it_runs_once_between_others_that_look_further_down_the_path_too(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('the other one')\n")
    path = f"{Path(tests.chaos.__file__).parent / 'preloaded'}:{HOOK}:{HOOK}:{tmp_path}"
    code = "import sys; print([type(each).__name__ for each in sys.meta_path].count('_Finder'))"
    run = _run(code, tmp_path, PYTHONPATH=path)
    assert (run.stdout, run.stderr) == ("the other one\n1\n", "")


def test_libmagic_comes_from_the_wheel_where_the_system_has_none(tmp_path: Path) -> None:
    code = """
import ctypes.util
ctypes.util.find_library = lambda name: None
import magic
print(magic.from_buffer(b"%PDF-1.7", mime=True), "pylibmagic" in open("/proc/self/maps").read())
"""
    assert _run(code, tmp_path).stdout == "application/pdf True\n"
