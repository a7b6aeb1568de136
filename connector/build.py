"""Which build of the connector this is: what WhatsApp refuses to one it may accept from the next."""

from __future__ import annotations

import os
from importlib.metadata import version

# The release of the deployment, where it names one, and the version of the library that speaks to WhatsApp.
BUILD = f"{os.environ.get('GATEWAY_RELEASE', '')}/{version('neonize')}"
