#!/bin/sh
# A worker of the queues in the first argument, comma-separated, with that many processes.
set -eu
exec python -m celery -A config --quiet worker \
    -n "${1%%,*}@%h" -Q "$1" --pool prefork -c "${2:-1}" \
    --loglevel INFO --without-gossip --without-mingle
