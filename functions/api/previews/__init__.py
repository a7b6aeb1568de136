"""Previews of links in texts: fetched from addresses that people give us, behind gateway.outbound."""
