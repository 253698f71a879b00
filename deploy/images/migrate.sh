#!/bin/sh
# Before each release: settings, schema and everything the service depends on. Fails loudly.
set -eu
python manage.py check --deploy --tag security --fail-level WARNING
python manage.py migrate --no-input
exec python manage.py preflight --make-bucket --share-bucket
