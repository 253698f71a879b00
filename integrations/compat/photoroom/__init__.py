"""PhotoRoom's basic API: `POST /v1/segment` and the account."""

SOURCE = "photoroom"
