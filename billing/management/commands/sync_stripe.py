"""`manage.py sync_stripe`: bring Stripe's products and prices in line with plans and packs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing import catalogue
from common.http.errors import ApiError


class Command(BaseCommand):
    help = "Create the products and prices that are missing at Stripe, and say what was done."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for article in catalogue.articles():
                self.stdout.write(_line(catalogue.sync(article)))
        except ApiError as error:
            raise CommandError(error.message) from None


def _line(synced: catalogue.Synced) -> str:
    article = synced.article
    every = " a month" if article.plan else ""
    return (
        f"{synced.outcome:<10} {article.key:<24} {synced.price_id}  Rp {article.price_idr:,}{every}"
    )
