"""`manage.py reset_second_factor`: remove a user's second factor, device and recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts import queries
from accounts.second_factor.services import reset
from common.http.errors import NotFound
from common.operators import audit_log


class Command(BaseCommand):
    help = (
        "Removes the authenticator app and the recovery codes of an account, for somebody who has "
        "lost both. The password stays, and is enough until another second factor is set up, or, "
        "where STAFF_2FA_REQUIRED is on, is good for setting one up and nothing else. Make sure "
        "that whoever asks is who they say. The operators' log gets a line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="e-mail address or public identifier (user_…)")
        parser.add_argument("--reason", default="", help="for the operators' log")

    def handle(self, *args: Any, **options: Any) -> None:
        user = queries.anybody(options["email"])
        if user is None:
            raise CommandError("There is no such account.")
        try:
            with transaction.atomic():
                audit_log.record(
                    operator=audit_log.CONSOLE,
                    action="second_factor.reset",
                    target=user,
                    reason=options["reason"],
                )
                reset(user=user, now=timezone.now())
        except NotFound as refusal:
            raise CommandError(f"{refusal.message}.") from None
        self.stdout.write("The second factor is removed.")
