"""The model stub as a process: `python -m infra.local.model --port 3003`."""

from __future__ import annotations

import argparse

from aiohttp import web

from infra.local.model.server import ModelServer
from infra.local.ports import LOOPBACK


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port: int = parser.parse_args().port
    web.run_app(ModelServer().application(), host=LOOPBACK, port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
