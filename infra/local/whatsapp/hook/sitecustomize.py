"""Makes the WhatsApp library trust a test server, in every process that starts with this folder on PYTHONPATH.

Python imports sitecustomize by itself at its start, so neither the gateway nor its connector has a line about this.

With WHATSAPP_ROOT_KEY set, the 32 bytes of WhatsApp's public root key (whatsmeow's WACertPubKey) are replaced by that
key in the memory of this process, right after neonize has loaded its Go library and before any connection. That is
sound: nothing is switched off. The client does the same handshake and the same check of the certificate chain, only
against a root whose private half the local server holds; a server without it is refused, as WhatsApp's own would be.
No file is changed, and exactly one occurrence of the key must be found, or the import fails.

neonize also needs libmagic when it is imported. Where the system has none, the one in the pylibmagic wheel is loaded
first; the loader then finds it by its name.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

_GENUINE_ROOT = bytes.fromhex("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b")
_BINDER = "neonize._binder"
_MAGIC = "magic"


class _Mapping(NamedTuple):
    """One line of /proc/self/maps."""

    start: int
    size: int
    rights: str
    path: str

    @classmethod
    def parse(cls, line: str) -> _Mapping:
        span, rights, *_ = fields = line.split(maxsplit=5)
        start, end = (int(number, 16) for number in span.split("-"))
        return cls(start, end - start, rights, fields[5].strip() if len(fields) > 5 else "")


def _library_data() -> list[_Mapping]:
    """Return the writable parts of the loaded Go library: a variable is nowhere else."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    mappings = (_Mapping.parse(line) for line in lines)
    return [found for found in mappings if "/neonize-" in found.path and found.rights.startswith("rw")]


def _occurrences() -> list[int]:
    found = []
    for mapping in _library_data():
        data = ctypes.string_at(mapping.start, mapping.size)
        at = data.find(_GENUINE_ROOT)
        while at >= 0:
            found.append(mapping.start + at)
            at = data.find(_GENUINE_ROOT, at + 1)
    return found


def _trust(root_key: bytes) -> None:
    if len(root_key) != len(_GENUINE_ROOT):
        raise ImportError("WHATSAPP_ROOT_KEY must be 32 bytes in hexadecimal digits")
    found = _occurrences()
    if len(found) != 1:
        raise ImportError(f"the root key is {len(found)} times in the library, not once: is this neonize 0.5.2?")
    ctypes.memmove(found[0], root_key, len(root_key))


def _provide_libmagic() -> None:
    spec = importlib.util.find_spec("pylibmagic")
    if ctypes.util.find_library(_MAGIC) or spec is None or not spec.submodule_search_locations:
        return
    folder = Path(spec.submodule_search_locations[0])
    os.environ.setdefault("MAGIC", str(folder / "magic.mgc"))
    ctypes.CDLL(str(folder / "libmagic.so.1"), mode=ctypes.RTLD_GLOBAL)


class _Around(Loader):
    """A module's own loader, with something to do before or after it runs."""

    def __init__(self, loader: Loader, before: Callable[[], None] | None, after: Callable[[], None] | None) -> None:
        self._loader = loader
        self._before = before
        self._after = after

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if self._before:
            self._before()
        self._loader.exec_module(module)
        if self._after:
            self._after()


class _Finder(MetaPathFinder):
    """Intercepts two imports and leaves all others alone: nothing is imported that the process does not import."""

    def __init__(self, root_key: str | None) -> None:
        self._root_key = root_key

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in (_BINDER, _MAGIC):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return spec
        root_key = self._root_key
        if fullname == _MAGIC:
            spec.loader = _Around(spec.loader, _provide_libmagic, None)
        elif root_key:
            spec.loader = _Around(spec.loader, None, lambda: _trust(bytes.fromhex(root_key)))
        return spec


def _run_shadowed() -> None:
    """Run any other sitecustomize further down the path, which this module hides."""
    backwards = [Path(entry or ".").resolve() for entry in reversed(sys.path)]
    # Not one before this: that has run this one, likewise.
    further = len(backwards) - backwards.index(Path(__file__).resolve().parent)
    spec = PathFinder.find_spec(__name__, sys.path[further:])
    if spec and spec.loader:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


sys.meta_path.insert(0, _Finder(os.environ.get("WHATSAPP_ROOT_KEY")))
_run_shadowed()
