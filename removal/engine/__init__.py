"""Photo in, clean cut-out out. Pure: knows nothing of Django, settings, users or money."""

import os

# ONNX Runtime's official builds report its use to their maker, and leave a device identifier in
# the home, unless told not to before they are first imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
