"""The API of the asynchronous service: `/process`, `/status/{id}` and `/download/{id}`."""

SOURCE = "async-service"
