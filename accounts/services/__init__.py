"""Writes of the accounts app."""

from accounts.services.api_keys import (
    change_api_key,
    issue_api_key,
    note_use,
    revoke_any,
    revoke_api_key,
)
from accounts.services.erasure import erase_account, erase_own_account
from accounts.services.login import log_in, log_in_by_cookie
from accounts.services.passwords import (
    change_password,
    confirm_reset,
    password_was_replaced,
    request_reset,
)
from accounts.services.registration import register, sign_up
from accounts.services.sessions import (
    Tokens,
    end_all_sessions,
    end_one,
    end_session,
    exchange,
    log_out,
    open_session,
    rotate,
)

__all__ = [
    "Tokens",
    "change_api_key",
    "change_password",
    "confirm_reset",
    "end_all_sessions",
    "end_one",
    "end_session",
    "erase_account",
    "erase_own_account",
    "exchange",
    "issue_api_key",
    "log_in",
    "log_in_by_cookie",
    "log_out",
    "note_use",
    "open_session",
    "password_was_replaced",
    "register",
    "request_reset",
    "revoke_any",
    "revoke_api_key",
    "rotate",
    "sign_up",
]
