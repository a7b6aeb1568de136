"""`python -m connector`: the container's entry point."""

from __future__ import annotations

from connector.supervisor.supervisor import main

main()
