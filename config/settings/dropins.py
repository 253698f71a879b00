"""Settings of the drop-in surfaces, and of the services that they stand for."""

from config import env

_PRODUCTION = env.text("LUMIKU_MODE") == "production"

# What a removal costs that does not ask for a preview, which is basic.
COMPAT_TIER = env.choice(
    "COMPAT_TIER", "standard", ("basic", "standard", "professional", "industry")
)
# Keys of the installation's own, for surfaces whose services know no accounts: free, and basic.
COMPAT_KEYS = env.shared_keys("API_KEY", "API_SECRET_KEY", guessable=not _PRODUCTION)
# Whether these surfaces serve callers without a key who sit on this machine; free, and basic.
COMPAT_ANONYMOUS = env.boolean("COMPAT_ANONYMOUS", default=not _PRODUCTION and not COMPAT_KEYS)
# Whether remove.bg's API takes pictures to learn from, and for how many days they are kept.
REMOVEBG_IMPROVE = env.boolean("REMOVEBG_IMPROVE", default=False)
REMOVEBG_IMPROVE_D = env.integer("REMOVEBG_IMPROVE_D", 90, minimum=1)
# The largest file of the microservice's API, in MiB, and the model that it uses if the tier has it.
MAX_FILE_SIZE = env.integer("MAX_FILE_SIZE", 10, minimum=1)
MODEL = env.text("MODEL")
# The models that the asynchronous service's API may be asked for; the tier uses those that it has.
MODEL_NAMES = env.words("MODEL_NAMES", ("u2net", "u2netp", "u2net_human_seg"))
# How long a token of the JWT service's API is valid; it ends with its key in any case.
KEY_TOKEN_LIFETIME = env.hours("JWT_EXPIRATION_HOURS", 24)
# Whoever sets another algorithm learns at the start that none is taken.
env.choice("JWT_ALGORITHM", "HS256", ("HS256",))

_FASTAPI = "integrations.compat.fastapi.render"
_MICROSERVICE = "integrations.compat.microservice.errors.render"
# Who renders the errors under a path; everything else is answered with the native envelope.
ERROR_FORMATS = [
    (r"/v1\.0(/|$)", "integrations.compat.removebg.errors.render"),
    (r"/v1/(segment|account)(/|$)|/v2/account(/|$)", "integrations.compat.photoroom.errors.render"),
    (r"/api/remove(/|$)", _FASTAPI),
    (
        r"/api/remove-background(/|$)|/auth/token(/|$)|/(health|metrics)/$",
        "integrations.compat.jwt_service.errors.render",
    ),
    (r"/process(/|$)|/(status|download)/", _FASTAPI),
    (r"/(remove-bg|queue-status)(/|$)|/health$", _MICROSERVICE),
]
