"""The HTTP API of rembg's server, at `/api/remove`."""

SOURCE = "rembg"
