"""A fleet on one machine: the connector with a client that stands in for neonize, and what becomes of its sessions."""
