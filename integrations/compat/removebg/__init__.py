"""The API of remove.bg, version 1.0, under `/v1.0/`."""

SOURCE = "removebg"
