"""`manage.py erase_account`: erase everything that points to a person, but not the books."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import queries
from accounts.services import erasure
from common.http.errors import ApiError
from common.operators import audit_log


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="e-mail address or public identifier (user_…)")
        parser.add_argument("--reason", default="", help="goes into the operators' log")
        parser.add_argument("--no-input", action="store_true", help="do not ask first")

    def handle(self, *args: Any, **options: Any) -> None:
        user = queries.anybody(options["user"])
        if user is None:
            raise CommandError("There is no such user")
        if not (options["no_input"] or _confirmed(options["user"])):
            raise CommandError("Nothing was done")
        try:
            begun = erasure.erase_account(
                user=user, by=audit_log.CONSOLE, reason=options["reason"], now=timezone.now()
            )
        except ApiError as refusal:
            raise CommandError(refusal.message) from None
        erasure.run()
        begun.refresh_from_db()
        self.stdout.write(_said(user.public_id, begun.rounds, begun.last_error))


def _confirmed(name: str) -> bool:
    return input(f"This cannot be undone. Type {name} again: ").strip() == name


def _said(user: str, rounds: int, error: str) -> str:
    if rounds:
        return f"{user} is erased; further rounds follow after an hour and after a day"
    return f"{user} is closed; the rest is being erased{f' ({error})' if error else ''}"
