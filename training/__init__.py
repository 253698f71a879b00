"""The built-in model: data, network, training, export and evaluation."""

import os

# As in removal.engine: no telemetry is sent.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
