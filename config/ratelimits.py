"""The rate limits: requests per window in seconds, and how many may come back to back (burst)."""

from config import env

RATE_LIMITS = {
    "single": env.rate("RATE_LIMIT_SINGLE", (30, 60, 10)),
    "batch_start": env.rate("RATE_LIMIT_BATCH_START", (5, 3600, 2)),
    "status": env.rate("RATE_LIMIT_STATUS", (120, 60, 30)),
    "subscription": env.rate("RATE_LIMIT_SUBSCRIPTION", (10, 60, 5)),
    "login_address": env.rate("RATE_LIMIT_LOGIN_ADDRESS", (30, 300, 10)),
    # Failures of one network on one account, and of all unknown networks together on one account.
    "login_account": env.rate("RATE_LIMIT_LOGIN_ACCOUNT", (10, 900, 5)),
    "login_account_wide": env.rate("RATE_LIMIT_LOGIN_ACCOUNT_WIDE", (100, 3600, 50)),
    "login_code": env.rate("RATE_LIMIT_LOGIN_CODE", (10, 900, 5)),
    "login_code_wide": env.rate("RATE_LIMIT_LOGIN_CODE_WIDE", (20, 3600, 10)),
    # Confirmations in an open session, counted separately from logins.
    "confirm_password": env.rate("RATE_LIMIT_CONFIRM_PASSWORD", (10, 900, 5)),
    "confirm_code": env.rate("RATE_LIMIT_CONFIRM_CODE", (10, 900, 5)),
    "register_address": env.rate("RATE_LIMIT_REGISTER_ADDRESS", (20, 3600, 10)),
    "account_mail": env.rate("RATE_LIMIT_ACCOUNT_MAIL", (5, 3600, 3)),
    "verify_mail": env.rate("RATE_LIMIT_VERIFY_MAIL", (10, 86_400, 5)),
    "data_export": env.rate("RATE_LIMIT_DATA_EXPORT", (5, 86_400, 2)),
    "uploads": env.rate("RATE_LIMIT_UPLOADS", (60, 3600, 10)),
    # Pictures of visitors without an account, by network.
    "trial": env.rate("RATE_LIMIT_TRIAL", (10, 3600, 3)),
    "anonymous": env.rate("RATE_LIMIT_ANONYMOUS", (120, 60, 30)),
    # In megapixels: a request counts as one, and a larger picture as its megapixels rounded up.
    "removebg": env.rate("RATE_LIMIT_REMOVEBG", (500, 60, 500)),
    # Requests an hour to the microservice's API, back to back if a caller likes.
    "microservice": env.per_hour("RATE_LIMIT", 50),
    # Answers of 401, by network.
    "unauthorized": env.rate("RATE_LIMIT_UNAUTHORIZED", (300, 60, 100)),
}
