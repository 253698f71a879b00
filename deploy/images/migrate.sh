#!/bin/sh
# Before each release: checks the settings, migrates the schema, and checks all dependencies. Exits
# with an error when one of them fails.
set -eu
python manage.py check --deploy --tag security --fail-level WARNING
python manage.py migrate --no-input
exec python manage.py preflight --make-bucket --share-bucket
