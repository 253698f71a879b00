"""The built-in model: data, network, training, export and evaluation."""

import os

# As in removal.engine: what runs here is reported to nobody.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
