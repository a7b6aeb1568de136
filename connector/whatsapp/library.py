"""The only place that loads neonize: its Go library with ctypes declarations, and its protobuf modules.

The initialisers of the packages `neonize` and `neonize.utils` are not run: they import its Python client with image,
video and HTTP libraries (0.9 s and 20 MB in every process, measured), need libmagic, and configure the root logger.
`neonize.download` is not loaded either: it would fetch another Go library from the network where the versions of the
two halves differ, and imports an HTTP library for it (0.1 s).
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec
from types import ModuleType

_PACKAGES = ("neonize", "neonize.utils")
_DOWNLOAD = "neonize.download"


class _Download(ModuleType):
    """Replaces neonize.download."""

    __GONEONIZE_VERSION__ = version("neonize")

    @staticmethod
    def download() -> None:
        raise ImportError("neonize's Go library is missing or of another version: install neonize again")


@contextmanager
def _without_initialisers() -> Iterator[None]:
    """Import without the initialisers inside; whoever imports neonize afterwards gets the whole package."""
    bare = [name for name in _PACKAGES if name not in sys.modules]
    for name in bare:
        spec = find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        sys.modules[name] = module_from_spec(spec)
    sys.modules.setdefault(_DOWNLOAD, _Download(_DOWNLOAD))
    try:
        yield
    finally:
        for name in bare:
            del sys.modules[name]
        if isinstance(sys.modules[_DOWNLOAD], _Download):
            del sys.modules[_DOWNLOAD]


# neonize asks `uname -a` for the platform and leaves process and pipe to the garbage collector.
with _without_initialisers(), warnings.catch_warnings(action="ignore", category=ResourceWarning):
    from neonize._binder import ProxySettings, func_callback_bytes, func_callback_bytes2, func_string, gocode
    from neonize.events import INT_TO_EVENT
    from neonize.proto import Neonize_pb2 as neonize_pb2
    from neonize.proto.waCompanionReg import WAWebProtobufsCompanionReg_pb2 as companion_pb2
    from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e_pb2
    from neonize.proto.waHistorySync import WAWebProtobufsHistorySync_pb2 as history_pb2

    subprocess._cleanup()  # type: ignore[attr-defined]

# Go returns nothing from these, and neonize reads and frees what it finds in the register: on arm64 that is an address,
# and the process dies.
for _returns_nothing in (gocode.Stop, gocode.StopAll):
    _returns_nothing.restype = None

__all__ = [
    "INT_TO_EVENT",
    "ProxySettings",
    "companion_pb2",
    "e2e_pb2",
    "func_callback_bytes",
    "func_callback_bytes2",
    "func_string",
    "gocode",
    "history_pb2",
    "neonize_pb2",
]
