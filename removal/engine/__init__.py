"""The removal engine: from an encoded photo to an encoded cut-out.

Pure: it imports neither Django nor settings, and no code of users or money."""

import os

# ONNX Runtime's official builds send telemetry to their publisher and write a device identifier
# into the home directory, unless this is switched off before the first import.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
