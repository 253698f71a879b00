"""Close codes of the progress socket, after the HTTP statuses that they resemble."""

UNAUTHENTICATED = 4401
TOO_LATE = 4408
TOO_MUCH = 4429
