"""OpenAPI description of authentication, and the examples of this app's endpoints."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample

TAG = "Accounts"

USER = {
    "id": "user_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "email": "user@example.com",
    "role": "user",
    "emailVerified": False,
    "createdAt": "2025-01-15T10:30:00Z",
}
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..."  # noqa: S105
TOKENS = {"token": TOKEN, "refreshToken": "lmr_4fQk...", "expiresIn": 3600, "user": USER}
SESSION = {
    "id": "sess_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "kind": "browser",
    "agent": "Firefox on Linux",
    "createdAt": "2025-01-15T10:30:00Z",
    "lastSeenAt": "2025-01-15T11:05:00Z",
    "current": True,
}
CREDENTIALS = {"email": "user@example.com", "password": "a long pass phrase 42"}
PASSWORD_CHANGE = {
    "currentPassword": "a long pass phrase 42",
    "newPassword": "another long pass phrase 43",
}
PASSWORD_CONFIRM = {
    "token": "user_01jhmz7vw5k2y8n3q6r9t4x1ab.d1f2g3-0a1b2c...",
    "newPassword": "another long pass phrase 43",
}
VERIFICATION_TOKEN = "user_01jhmz7vw5k2y8n3q6r9t4x1ab.5f1c...:1tXyZa:Qm9v..."  # noqa: S105
API_KEY = {
    "id": "key_01jhmz9c3p7d5s1f8g2h6j4k0m",
    "name": "Nightly import",
    "prefix": "lmk_live_Zt4m0q",
    "scopes": ["billing:read", "removal:read", "removal:write"],
    "createdAt": "2025-01-15T10:30:00Z",
    "expiresAt": None,
    "lastUsedAt": None,
    "model": "",
    "spendingCap": None,
}
MAIL_PREFERENCES = {
    "language": "en",
    "languages": ["en", "id"],
    "notices": [{"kind": "batches.ended", "title": "A batch has ended", "enabled": True}],
}
DATA_EXPORT = {
    "export": {
        "id": "export_01jhmz9c3p7d5s1f8g2h6j4k0m",
        "status": "waiting",
        "requestedAt": "2025-01-15T10:30:00Z",
        "finishedAt": None,
        "expiresAt": None,
        "bytes": None,
        "downloadUrl": None,
    }
}
ISSUED_API_KEY = {**API_KEY, "apiKey": "lmk_live_Zt4m0q..."}


def request_example(value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample("Request", value=value, request_only=True)


class AuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.Authentication"
    name = ["bearer", "apiKey"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "description": "The token of `POST /auth/login`, or an API key",
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": "X-API-Key",
                "description": "An API key made by `POST /auth/api-keys`",
            },
        ]
