"""Parts of the OpenAPI document that the endpoints of accounts share: examples, mostly."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from accounts.serializers import TokensResponseSerializer

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


def tokens_documented(description: str) -> OpenApiResponse:
    return OpenApiResponse(
        TokensResponseSerializer,
        description=description,
        examples=[
            OpenApiExample("Example", value={"success": True, "token": TOKEN, "data": TOKENS})
        ],
    )
