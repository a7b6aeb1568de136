"""The `gateway` command, and `python -m gateway`."""

from __future__ import annotations

import sys
from importlib.util import find_spec

_LIBRARIES = ("httpx", "httpx_sse", "qrcode", "rich", "typer")
_WRONG_CONFIGURATION = 2


def main() -> None:
    """Run the command, or say what to install where its libraries are missing."""
    if missing := [name for name in _LIBRARIES if find_spec(name) is None]:
        sys.stderr.write(f"`gateway` needs {', '.join(missing)}: pip install 'whatsapp-gateway[client]'\n")
        sys.exit(_WRONG_CONFIGURATION)
    from gateway.cli import app  # after the check

    app()


if __name__ == "__main__":
    main()
