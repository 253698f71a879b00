"""Settings of every mode. All come from the environment; `docs/settings.md` explains each.

`LUMIKU_MODE=embedded` (the default) is one machine that `bin/up` runs; `production` insists on
secrets, hosts and TLS. Only settings differ between them, never code.
"""

import secrets
from pathlib import Path

from config import api, cors, env, logs, objectstore, operators, queue, ratelimits
from config.settings.dropins import *  # noqa: F403 - Django reads them from here
from config.settings.dropins import MAX_FILE_SIZE

ROOT = Path(__file__).resolve().parents[2]
VAR = env.path("VAR_DIR", ROOT / "var")

MODE = env.choice("LUMIKU_MODE", "embedded", ("embedded", "production"))
PRODUCTION = MODE == "production"
DEBUG = False
VERSION = "0.1.0"

# --- secrets and hosts ---
SECRET_KEY = env.secret("SECRET_KEY", required=PRODUCTION, fallback=secrets.token_urlsafe(48))
# Former values, newest first: sessions and encrypted secrets made under them still work.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
JWT_SIGNING_KEY = env.secret(
    "JWT_SIGNING_KEY", required=PRODUCTION, fallback=SECRET_KEY, alias="JWT_SECRET_KEY"
)
METRICS_TOKEN = env.secret("METRICS_TOKEN", required=False, fallback="")
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", () if PRODUCTION else ("localhost", "127.0.0.1", "[::1]")
)
BASE_URL = env.text("BASE_URL", "http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", (BASE_URL,))

SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^ready$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if env.boolean("TRUST_PROXY", default=PRODUCTION):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The number of our proxies in front; the client's address is read that many entries from the right.
PROXY_COUNT = env.integer("PROXY_COUNT", 1 if PRODUCTION else 0)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "dashboard.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# Origins whose pages may call the API with a key or token; cookies never work there.
CORS_ORIGINS = env.words("CORS_ORIGINS", (cors.ANY,))
globals().update(cors.settings(CORS_ORIGINS))

# --- applications ---
INSTALLED_APPS = [
    # This app comes first, because its templates replace some of unfold's.
    "common",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "billing",
    "accounts",
    "removal",
    "batches",
    "integrations",
    "adminstats",
    "dashboard",
]

MIDDLEWARE = [
    "common.http.request_id.RequestIdMiddleware",
    "common.http.server_version.ServerVersionMiddleware",
    "common.observability.metrics.MetricsMiddleware",
    "common.http.csp.ContentSecurityMiddleware",
    # This middleware precedes any that may answer by itself, so that browsers may read those
    # answers.
    "corsheaders.middleware.CorsMiddleware",
    "common.http.nul.NulMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.http.compression.CompressStatic",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
# Pages (`dashboard.pages`) and mails (`common.mail.delivery`) choose a language; all else is
# English.
USE_I18N = True
LANGUAGES = [("en", "English"), ("id", "Bahasa Indonesia")]
# Named here too, so that no translation of another app, such as Django's admin, comes before ours.
_TRANSLATED = ("dashboard", "accounts", "batches", "billing", "integrations", "common")
LOCALE_PATHS = [ROOT / app / "locale" for app in _TRANSLATED]
LANGUAGE_COOKIE_NAME = "lumiku_language"
LANGUAGE_COOKIE_AGE = 365 * 86_400
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = PRODUCTION
FORMAT_MODULE_PATH = "config.formats"

# --- database and cache ---
DATABASES = {"default": env.database("DATABASE_URL", "postgresql:///lumiku")}
# Web threads come and go with each request, so connections are pooled; a worker keeps its own.
DATABASE_POOL_MAX = env.integer("DATABASE_POOL_MAX", 16)
if DATABASE_POOL_MAX:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": DATABASE_POOL_MAX,
        "timeout": 10,
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
# Behind PgBouncer a transaction's connection is lent out again after it, with no cursor left open.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = env.boolean(
    "DATABASE_TRANSACTION_POOLING", default=False
)
# A connection that a restart of the server has cut must not fail a request.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

REDIS_URL = env.text("REDIS_URL", "redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "lumiku",
    }
}

# --- progress socket ---
# Publish/subscribe stores nothing, so a slow reader cannot fill it and lose the newest message.
CHANNEL_PREFIX = "lumiku"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "prefix": CHANNEL_PREFIX,
            "hosts": [
                {
                    "address": REDIS_URL,
                    "socket_connect_timeout": 2,
                    "socket_timeout": 5,
                    "socket_keepalive": True,
                    "health_check_interval": 15,
                }
            ],
        },
    }
}
SOCKET_AUTH_S = env.integer("SOCKET_AUTH_S", 10, minimum=1)
SOCKET_RECHECK_S = env.integer("SOCKET_RECHECK_S", 15, minimum=1)
SOCKETS_PER_USER = env.integer("SOCKETS_PER_USER", 20, minimum=1)

# --- operators' pages ---
UNFOLD = operators.unfold(production=PRODUCTION)

# --- users ---
AUTH_USER_MODEL = "accounts.User"
# The page after a login at /admin/login/ that names no other.
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = ["accounts.backends.GuardedBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.password_validation.EndSessions"},
]
# Whether staff have to set up a second factor before anything else.
STAFF_2FA_REQUIRED = env.boolean("STAFF_2FA_REQUIRED", default=False)
# The issuer that authenticator apps show beside the account.
OTP_TOTP_ISSUER = "Lumiku"
# Wrong codes are counted by `accounts.guard`; the library's own delay would lock the owner out.
OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = 0
# The steps by which each app deletes an account's data, in this order (`common.account_erasure`).
ACCOUNT_ERASURE = [
    "integrations.account_erasure.erase",
    "batches.account_erasure.erase",
    "removal.account_erasure.erase",
    "billing.account_erasure.erase",
]
# What an account's data export holds (`common.account_export`).
ACCOUNT_EXPORT = [
    "accounts.account_export.files",
    "removal.account_export.files",
    "batches.account_export.files",
    "billing.account_export.files",
    "integrations.account_export.files",
]
DATA_EXPORT_H = env.integer("DATA_EXPORT_H", 72, minimum=1)
# Lists the models that an API key may pin (`common.pinned_models`).
PINNABLE_MODELS = "removal.model_choice.pinnable"
JWT_ACCESS_S = env.integer("JWT_ACCESS_S", 3600, minimum=60)
JWT_REFRESH_S = env.integer("JWT_REFRESH_S", 30 * 86_400, minimum=3600)
PASSWORD_RESET_TIMEOUT = env.integer("PASSWORD_RESET_TIMEOUT_S", 3600, minimum=300)

# Whether a new address has to be verified before it gets welcome credits and notices.
VERIFY_EMAIL = env.boolean("VERIFY_EMAIL", default=PRODUCTION)
VERIFY_EMAIL_TIMEOUT_S = env.integer("VERIFY_EMAIL_TIMEOUT_S", 3 * 86_400, minimum=300)
# The key that hashes the addresses that had the welcome credits; a new key makes all of them
# unknown.
ADDRESS_HASH_KEY = env.secret("ADDRESS_HASH_KEY", required=False, fallback=SECRET_KEY)

# --- money ---
SIGNUP_BONUS_CREDITS = env.integer("SIGNUP_BONUS_CREDITS", 50)
CREDITS_LOW = env.integer("CREDITS_LOW", 20)
STRIPE_SECRET_KEY = env.secret("STRIPE_SECRET_KEY", required=False, fallback="")
# This key is not a secret: browsers pass it to Stripe.
STRIPE_PUBLISHABLE_KEY = env.text("STRIPE_PUBLISHABLE_KEY", "")
# Comma-separated; there are several while a secret is being replaced.
STRIPE_WEBHOOK_SECRET = env.secret("STRIPE_WEBHOOK_SECRET", required=False, fallback="")
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")
STRIPE_TIMEOUT_S = env.number("STRIPE_TIMEOUT_S", 10)
STRIPE_RETRIES = env.integer("STRIPE_RETRIES", 1)
STRIPE_WEBHOOK_TOLERANCE_S = env.integer("STRIPE_WEBHOOK_TOLERANCE_S", 300, minimum=1)
STRIPE_WEBHOOK_MAX_BYTES = env.integer("STRIPE_WEBHOOK_MAX_BYTES", 512 * 1024, minimum=1024)
SUBSCRIPTION_GRACE_DAYS = env.integer("SUBSCRIPTION_GRACE_DAYS", 7)
# The page that Stripe's pages lead back to; `?checkout=done` and the like are added.
BILLING_RETURN_URL = env.text("BILLING_RETURN_URL", f"{BASE_URL}/v1/billing/return")
# Origins that `successUrl` and `cancelUrl` of a checkout may have, beside our own.
RETURN_ORIGINS = env.words("RETURN_ORIGINS")

# --- API ---
REST_FRAMEWORK = api.REST_FRAMEWORK
SPECTACULAR_SETTINGS = api.openapi(version=VERSION)

RATE_LIMITS = ratelimits.RATE_LIMITS

# --- outgoing webhooks ---
# How many endpoints an account may have.
WEBHOOK_ENDPOINTS = env.integer("WEBHOOK_ENDPOINTS", 10, minimum=1)

# Days without a successful attempt after which an endpoint is turned off.
WEBHOOK_DISABLE_AFTER_D = env.integer("WEBHOOK_DISABLE_AFTER_D", 5, minimum=1)
# Seconds between two `batch.progress` events of a batch.
WEBHOOK_PROGRESS_S = env.number("WEBHOOK_PROGRESS_S", 5)

# --- uploads and files ---
MAX_IMAGE_BYTES = env.integer("MAX_IMAGE_BYTES", 10 * 1024 * 1024, minimum=1024)
MAX_IMAGE_PIXELS = env.integer("MAX_IMAGE_PIXELS", 25_000_000, minimum=1024)
MAX_REQUEST_BYTES = env.integer("MAX_REQUEST_BYTES", 2 * MAX_IMAGE_BYTES + 1024 * 1024)
# A body that makes no progress for this many seconds is refused.
BODY_IDLE_S = env.number("BODY_IDLE_S", 5)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Images up to the cap stay in memory: one copy, and no temporary file to delete.
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_IMAGE_BYTES + 64 * 1024
# Views count their files themselves: most accept few, a batch hundreds.
DATA_UPLOAD_MAX_NUMBER_FILES = None
FILE_UPLOAD_HANDLERS = [
    "common.http.upload_handlers.CountFiles",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
BATCH_MAX_BYTES = env.integer("BATCH_MAX_BYTES", 2 * 1024**3, minimum=1024)
UPLOAD_LIFETIME_S = env.integer("UPLOAD_LIFETIME_S", 6 * 3600, minimum=60)
UPLOADS_OUTSTANDING = env.integer("UPLOADS_OUTSTANDING", 1000, minimum=1)

STORAGE_BACKEND = env.choice("STORAGE_BACKEND", "file", ("file", "s3"))
# The other names are those of services that drop-in surfaces stand for.
MEDIA_ROOT = env.path("MEDIA_ROOT", env.path("OUTPUT_DIR", env.path("CACHE_DIR", VAR / "media")))
MEDIA_URL_LIFETIME_S = env.integer("MEDIA_URL_LIFETIME_S", 3600, minimum=60)
STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", VAR / "static")
WHITENOISE_USE_FINDERS = not PRODUCTION

_FILE_STORAGE = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": MEDIA_ROOT, "allow_overwrite": False},
}
_S3_STYLE = env.choice("S3_ADDRESSING_STYLE", "auto", ("auto", "path", "virtual"))
S3_ENDPOINT_URL = env.text("S3_ENDPOINT_URL")
_S3_STORAGE = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": env.text("S3_BUCKET", "lumiku"),
        "endpoint_url": S3_ENDPOINT_URL or None,
        "region_name": env.text("S3_REGION") or None,
        "access_key": env.text("S3_ACCESS_KEY") or None,
        "secret_key": env.text("S3_SECRET_KEY") or None,
        **(objectstore.options(addressing_style=_S3_STYLE) if STORAGE_BACKEND == "s3" else {}),
        "querystring_expire": MEDIA_URL_LIFETIME_S,
        "default_acl": None,
        "file_overwrite": False,
    },
}
# The address of the object store in presigned URLs, where callers cannot reach S3_ENDPOINT_URL.
S3_PUBLIC_URL = env.text("S3_PUBLIC_URL").rstrip("/")
STORAGES = {
    "default": _S3_STORAGE if STORAGE_BACKEND == "s3" else _FILE_STORAGE,
    "staticfiles": {
        "BACKEND": "common.staticfiles.ModuleStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- removals ---
SINGLE_TIMEOUT_S = env.integer("SINGLE_TIMEOUT_S", 50, minimum=1)
DECODE_SECONDS = env.integer("DECODE_SECONDS", 10, minimum=1)
FREE_FAILURES_PER_HOUR = env.integer("FREE_FAILURES_PER_HOUR", 60, minimum=1)
MAX_VERSIONS = env.integer("MAX_VERSIONS", 50, minimum=1)
FREE_RETRIES_PER_DAY = env.integer("FREE_RETRIES_PER_DAY", 20, minimum=0)
LEASE_S = env.integer("LEASE_S", 120, minimum=5)
MAX_ATTEMPTS = env.integer("MAX_ATTEMPTS", 3, minimum=1)
SWEEP_INTERVAL_S = env.integer("SWEEP_INTERVAL_S", 10, minimum=1)
ARCHIVE_MAX_ATTEMPTS = env.integer("ARCHIVE_MAX_ATTEMPTS", 10, minimum=1)
ARCHIVE_TIME_LIMIT_S = env.integer("ARCHIVE_TIME_LIMIT_S", 3600, minimum=60)
RETENTION_ORIGINALS_H = env.integer("RETENTION_ORIGINALS_H", 24)
RETENTION_RESULTS_H = env.integer("RETENTION_RESULTS_H", 7 * 24)
MODEL_HOME = env.path("U2NET_HOME", Path("~/.u2net").expanduser())
# Rewritten models, so that only the first worker of a release has to rewrite and check them.
MODEL_CACHE = VAR / "models-cache"
ALLOW_NONCOMMERCIAL_MODELS = env.boolean("ALLOW_NONCOMMERCIAL_MODELS", default=False)
ALLOW_UNKNOWN_MODELS = env.checksums("ALLOW_UNKNOWN_MODELS")
INFERENCE_THREADS = env.integer("INFERENCE_THREADS", 1)
# With `gpu`, a worker that finds no usable GPU refuses to start.
INFERENCE_DEVICE = env.choice(
    "INFERENCE_DEVICE",
    "gpu" if env.boolean("GPU_ENABLED", default=False) else "auto",
    ("auto", "cpu", "gpu"),
)
# The most pictures in one run of a model; 0: several on a GPU only.
INFERENCE_BATCH = env.integer("INFERENCE_BATCH", 0)
FAST_INFERENCE = env.boolean("FAST_INFERENCE", default=True)
SEGMIND_API_KEY = env.secret("SEGMIND_API_KEY", required=False, fallback="")
SEGMIND_URL = env.text("SEGMIND_URL", "https://api.segmind.com/v1/bg-removal-v2")
SEGMIND_TIERS = env.words("SEGMIND_TIERS")
SEGMIND_TIMEOUT_S = env.number("SEGMIND_TIMEOUT_S", 20)
# Whether `image_url` may name private addresses; for closed networks only.
FETCH_ALLOW_PRIVATE = env.boolean("FETCH_ALLOW_PRIVATE", default=False)

# --- drop-in surfaces (the others are in `config.settings.dropins`) ---
# Caps of surfaces that differ from the native ones, by the source of their jobs: bytes, pixels.
SURFACE_LIMITS = {
    "photoroom": (
        env.integer("PHOTOROOM_MAX_BYTES", 30 * 1024 * 1024, minimum=1024),
        env.integer("PHOTOROOM_MAX_PIXELS", 36_000_000, minimum=1024),
    ),
    "removebg": (
        env.integer("REMOVEBG_MAX_BYTES", 22 * 1024 * 1024, minimum=1024),
        env.integer("REMOVEBG_MAX_PIXELS", 50_000_000, minimum=1024),
    ),
    "microservice": (MAX_FILE_SIZE * 1024 * 1024, MAX_IMAGE_PIXELS),
    "trial": (env.integer("TRIAL_MAX_BYTES", 5 * 1024 * 1024, minimum=1024), MAX_IMAGE_PIXELS),
}
# Steps of jobs that an app above `removal` carries out (`removal.steps`).
JOB_STEPS = {
    "upscale": "integrations.partners.image_upscaler.services.upscale",
    "watermark": "integrations.compat.photoroom.watermark.watermark",
}
# All calls to a partner for one request; shorter than what proxies in front wait.
PARTNER_TIMEOUT_S = env.integer("PARTNER_TIMEOUT_S", 45, minimum=1)

# --- work on batches ---
# Threads of a batch worker; several share one loaded model.
BATCH_THREADS = env.integer("BATCH_THREADS", 2, minimum=1)
# Live workers extend the lease, so its length only decides how soon a dead worker is noticed.
BATCH_LEASE_S = env.integer("BATCH_LEASE_S", 30, minimum=2)
# The first attempt runs beside other images. Later ones run alone, so only they show that this
# image is at fault.
BATCH_MAX_ATTEMPTS = env.integer("BATCH_MAX_ATTEMPTS", 5, minimum=1)
BATCH_CHUNK_IMAGES = env.integer("BATCH_CHUNK_IMAGES", 4, minimum=1)
BATCH_CHUNKS_IN_FLIGHT = env.integer("BATCH_CHUNKS_IN_FLIGHT", 8, minimum=1)
BATCH_SLICE_S = env.integer("BATCH_SLICE_S", 15)
BATCH_TIME_LIMIT_S = env.integer("BATCH_TIME_LIMIT_S", 600, minimum=10)

# --- queue ---
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = max(LEASE_S - 5, 1)
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
CELERY_TASK_ROUTES = queue.ROUTES
CELERY_BEAT_SCHEDULE = queue.schedule(
    sweep_every_s=SWEEP_INTERVAL_S, clean_up_every=env.hours("CLEANUP_INTERVAL_HOURS", 1 / 6)
)
CELERY_WORKER_MAX_MEMORY_PER_CHILD = env.integer("WORKER_MAX_MEMORY_KB", 1_500_000)
# A fresh worker process loads its model before it reports that it is up.
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker waits for the broker without a limit instead of ending.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": LEASE_S + 30,
    "socket_timeout": 15,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 15,
}

# --- mail ---
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Lumiku <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Without a URL, the variables of the asynchronous service: SMTP_SERVER, SMTP_PORT, SMTP_USER and
# SMTP_PASSWORD.
_MAIL = env.email("EMAIL_URL", server="SMTP")
globals().update(_MAIL)
# In the embedded mode mails lie in a folder or are printed, so that one to any address is harmless.
MAIL_STAYS_HERE = not PRODUCTION and _MAIL.get("EMAIL_HOST", "localhost") in env.LOOPBACK

# --- logs ---
LOG_FORMAT = env.choice("LOG_FORMAT", "json" if PRODUCTION else "text", ("json", "text"))
LOGGING = logs.configuration(form=LOG_FORMAT, level=env.text("LOG_LEVEL", "INFO"))
