"""The API of the rembg microservice: `/remove-bg`, its batches and its queue."""

SOURCE = "microservice"
