"""Examples of the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

ANNOUNCE = OpenApiExample(
    "Two files",
    value={
        "files": [
            {"filename": "shoe.jpg", "contentType": "image/jpeg", "size": 2457600},
            {"filename": "bag.png", "contentType": "image/png", "size": 3145728},
        ]
    },
    request_only=True,
)

_ID = "upl_01jhmz7vw5k2y8n3q6r9t4x1ab"

SLOTS: dict[str, Any] = {
    "uploads": [
        {
            "uploadId": _ID,
            "filename": "shoe.jpg",
            "method": "PUT",
            "url": "https://storage.example.com/lumiku/uploads/background-remover/user_01jhmz/"
            f"{_ID}.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=21600&X-Amz-Signature=…",
            "headers": {"Content-Type": "image/jpeg"},
            "expiresAt": "2025-01-15T16:00:00Z",
        }
    ]
}

UPLOAD: dict[str, Any] = {
    "uploadId": _ID,
    "filename": "shoe.jpg",
    "contentType": "image/jpeg",
    "size": 2457600,
    "status": "uploaded",
    "createdAt": "2025-01-15T10:00:00Z",
    "expiresAt": "2025-01-15T16:00:00Z",
    "usedAt": None,
}

RECEIVED: dict[str, Any] = {"uploadId": _ID, "size": 2457600}
DELETED: dict[str, Any] = {"uploadId": _ID, "deleted": True}
