"""Everything around the gateway on one machine: databases, queues, a WhatsApp server, a model, and `make up`."""

from __future__ import annotations
