"""`python -m sandbox.prepare`: the database, the demo account and Stripe's prices, made ready.

One process for all three commands: each of its own would load the whole service anew, which takes
longer than its work. Prints what `create_demo --json` prints.
"""

import argparse
import sys
from pathlib import Path

import django
from django.core.management import CommandError, call_command


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="as that of create_demo")
    parser.add_argument("--stripe", action="store_true", help="run sync_stripe as well")
    arguments = parser.parse_args()
    django.setup()
    try:
        call_command("migrate", interactive=False, stdout=sys.stderr)
        if arguments.stripe:
            call_command("sync_stripe", stdout=sys.stderr)
        call_command("create_demo", json=True, state=arguments.state)
    except CommandError as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
