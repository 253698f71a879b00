"""Settings of the test run: the same real services, fast password hashing, temporary files."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "test-secret-key-that-is-long-enough-0123456789")
os.environ.setdefault("DATABASE_POOL_MAX", "0")
os.environ.setdefault("DATABASE_URL", "postgresql://localhost/lumiku")
# No test depends on which models this machine happens to have, nor does a process that it starts.
os.environ["U2NET_HOME"] = str(Path(tempfile.gettempdir()) / f"lumiku-test-models-{os.getpid()}")

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES

DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("LUMIKU_TEST_DB", "test_lumiku")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(tempfile.gettempdir()) / f"lumiku-test-media-{os.getpid()}"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT, "allow_overwrite": False},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True
METRICS_TOKEN = "test-metrics-token"  # noqa: S105
