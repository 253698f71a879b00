#!/bin/sh
# At build time: the named models, from the package index or their publishers' releases, into /models.
set -eu
python=$1
shift
[ $# != 0 ] || exit 0
throwaway=$("$python" -c 'import secrets; print(secrets.token_urlsafe(48))')
env LUMIKU_MODE=production SECRET_KEY="$throwaway" JWT_SIGNING_KEY="$throwaway" \
    DATABASE_POOL_MAX=0 DATABASE_URL=postgresql://nobody@127.0.0.1:1/none \
    REDIS_URL=redis://127.0.0.1:1/0 U2NET_HOME="${U2NET_HOME:-/models}" \
    "$python" manage.py download_model "$@"
