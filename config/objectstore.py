"""Options of the S3 client."""

from typing import Any

MIB = 1024 * 1024
# A request that fails with a 5xx, a throttle or a timeout is sent again with growing pauses, for
# about 15 seconds in all. The "standard" mode would stop retrying when many requests of a process
# fail.
RETRIES: Any = {"mode": "legacy", "total_max_attempts": 6}
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30
# Larger files are uploaded in parts; no image is that large, so no image leaves parts behind.
ONE_REQUEST_BYTES = 128 * MIB


def options(*, addressing_style: str) -> dict[str, Any]:
    """Options of django-storages: retries, timeouts, and checksums that every store accepts.

    The client is imported here, because only installations with S3 need it.
    """
    from boto3.s3.transfer import TransferConfig  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    style: Any = {"addressing_style": addressing_style}
    return {
        "client_config": Config(
            s3=style,
            signature_version="s3v4",
            retries=RETRIES,
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            tcp_keepalive=True,
        ),
        "transfer_config": TransferConfig(
            multipart_threshold=ONE_REQUEST_BYTES, multipart_chunksize=8 * MIB, use_threads=False
        ),
    }
