#!/bin/sh
# The scheduler. A second one, started by mistake, sends periodic tasks twice, which is harmless.
set -eu
exec python -m celery -A config --quiet beat \
    --loglevel WARNING --pidfile '' --schedule "${BEAT_SCHEDULE:-/tmp/beat-schedule}"
