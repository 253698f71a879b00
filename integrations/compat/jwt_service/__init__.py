"""The API of the JWT service: `/health/`, `/auth/token`, `/api/remove-background`, `/metrics/`."""

SOURCE = "jwt-service"
