#!/bin/sh
# At build time: the static files, with secrets that are thrown away.
set -eu
python=$1
throwaway=$("$python" -c 'import secrets; print(secrets.token_urlsafe(48))')
env LUMIKU_MODE=production SECRET_KEY="$throwaway" JWT_SIGNING_KEY="$throwaway" \
    STATIC_ROOT="${STATIC_ROOT:-/app/static}" DATABASE_POOL_MAX=0 \
    DATABASE_URL=postgresql://nobody@127.0.0.1:1/none \
    REDIS_URL=redis://127.0.0.1:1/0 "$python" manage.py collectstatic --no-input --verbosity 0
