"""Examples of the OpenAPI document."""

from typing import Any

STATS: dict[str, Any] = {
    "period": "30d",
    "jobs": {
        "total": 125000,
        "completed": 122500,
        "failed": 2500,
        "cancelled": 0,
        "unfinished": 0,
        "successRate": 98.0,
    },
    "usage": {
        "totalCreditsUsed": 1875000,
        "totalRevenue": 187500000,
        "avgCreditsPerJob": 15,
    },
    "payments": {
        "credits": 148500000,
        "subscriptions": 186750000,
        "returned": 1500000,
        "net": 333750000,
    },
    "users": {"registered": 640},
    "failures": [
        {"code": "NO_SUBJECT_FOUND", "count": 2400, "percentage": 96},
        {"code": "PROCESSING_TIMEOUT", "count": 100, "percentage": 4},
    ],
    "badResults": {"total": 61, "basic": 38, "standard": 17, "professional": 5, "industry": 1},
    "tierBreakdown": {
        "basic": {"count": 50000, "percentage": 40},
        "standard": {"count": 45000, "percentage": 36},
        "professional": {"count": 25000, "percentage": 20},
        "industry": {"count": 5000, "percentage": 4},
    },
    "subscriptions": {"active": 1250, "starter": 800, "pro": 450, "mrr": 213750000},
}
SERVICE: dict[str, Any] = {
    "state": "up",
    "message": "",
    "queue": {"singleSeconds": 0.4, "batchSeconds": 2.1},
    "successRate": 99.97,
    "hours": [{"hour": "2025-01-15T10:00:00Z", "successRate": 100.0}],
    "slowMs": {"basic": 310, "standard": 1240},
    "checkedAt": "2025-01-15T10:30:00Z",
}
OWN: dict[str, Any] = {
    "period": "30d",
    "jobs": {
        "total": 40,
        "completed": 38,
        "failed": 1,
        "cancelled": 1,
        "unfinished": 0,
        "successRate": 97.4,
    },
    "credits": {"used": 304, "available": 746, "costInIDR": 30400},
    "tierBreakdown": {
        "basic": {"count": 0, "percentage": 0, "creditsUsed": 0},
        "standard": {"count": 40, "percentage": 100, "creditsUsed": 304},
        "professional": {"count": 0, "percentage": 0, "creditsUsed": 0},
        "industry": {"count": 0, "percentage": 0, "creditsUsed": 0},
    },
}
JOBS: dict[str, Any] = {
    "jobs": [
        {
            "id": "job_01jhmz7vw5k2y8n3q6r9t4x1aa",
            "user": {"id": "user_01jhmz7vw5k2y8n3q6r9t4x1ac", "email": "user@example.com"},
            "batchId": None,
            "tier": "professional",
            "status": "completed",
            "source": "api",
            "pricingType": "credits",
            "creditsUsed": 15,
            "processingTimeMs": 3245,
            "modelName": "birefnet-general",
            "error": None,
            "requestId": "req_01jhmz7vw5k2y8n3q6r9t4x1ad",
            "createdAt": "2025-01-15T10:00:00Z",
            "completedAt": "2025-01-15T10:00:03Z",
            "erasedAt": None,
        }
    ],
    "pagination": {
        "page": 1,
        "limit": 20,
        "total": 125000,
        "totalPages": 6250,
        "totalIsExact": True,
        "hasNext": True,
        "hasPrev": False,
    },
}
CREDITS: dict[str, Any] = {
    "userId": "user_01jhmz7vw5k2y8n3q6r9t4x1ac",
    "entryId": "txn_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "credits": 100,
    "reason": "Goodwill",
    "balance": {"available": 150, "held": 0},
    "createdAt": "2025-01-15T10:00:00Z",
}
