"""`manage.py connect_partner`: connects a partner application, or replaces its connection."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.http.errors import InvalidInput
from integrations.partners import connections
from integrations.partners.registry import KINDS


class Command(BaseCommand):
    help = (
        f"{__doc__} The token and the secret that signs results are read from the environment "
        "(PARTNER_TOKEN, PARTNER_WEBHOOK_SECRET), so that no list of processes shows them; without "
        "them the stored ones stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="+", choices=[*KINDS], metavar="partner")
        parser.add_argument("--base-url", required=True, help="where its API begins")
        parser.add_argument(
            "--discount",
            type=int,
            help="percent, on batches (default: the usual one)",
        )
        parser.add_argument(
            "--unless-elsewhere",
            action="store_true",
            help="leave a partner that is connected at another host as it is",
        )
        parser.add_argument(
            "--allowed-host",
            action="append",
            default=[],
            help="another host that its images may lie on; may be repeated",
        )
        parser.add_argument(
            "--allow-private", action="store_true", help="it runs in our own network"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= (options["discount"] or 0) <= 100:
            raise CommandError("--discount is a percentage, 0 to 100")
        for slug in options["slugs"]:
            if options["unless_elsewhere"] and connections.is_elsewhere(slug, options["base_url"]):
                continue
            given = options["discount"]
            try:
                connections.connect(
                    slug=slug,
                    base_url=options["base_url"],
                    token=os.environ.get("PARTNER_TOKEN", ""),
                    webhook_secret=os.environ.get("PARTNER_WEBHOOK_SECRET", ""),
                    discount_percentage=KINDS[slug].discount if given is None else given,
                    allowed_hosts=options["allowed_host"],
                    allow_private=options["allow_private"],
                )
            except InvalidInput as refusal:
                raise CommandError(refusal.message) from None
            self.stdout.write(f"connected {slug} at {options['base_url']}")
