#!/bin/sh
# HTTP and WebSocket. No access log: it would hold signed links; requests are logged by the service.
# Client addresses are read from X-Forwarded-For by the service itself (PROXY_COUNT).
set -eu
exec python -m uvicorn config.asgi:application \
    --host "${WEB_HOST:-0.0.0.0}" --port "${WEB_PORT:-${PORT:-8000}}" --workers "${WEB_PROCESSES:-2}" \
    --no-access-log --no-server-header --no-proxy-headers --log-level warning \
    --timeout-graceful-shutdown 30 --timeout-keep-alive 75 \
    --ws-max-size 65536 --ws-per-message-deflate false --ws-ping-interval 20 --ws-ping-timeout 20
