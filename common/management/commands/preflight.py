"""`manage.py preflight`: exit status 1, with a reason, when a dependency is not usable."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.observability import preflight


class Command(BaseCommand):
    help = "Tries the database, its schema, Valkey and the file storage, as the service uses them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--make-bucket", action="store_true", help="create the S3 bucket where there is none"
        )
        parser.add_argument(
            "--share-bucket",
            action="store_true",
            help="let web pages of CORS_ORIGINS use presigned addresses of the S3 bucket",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["make_bucket"] and settings.STORAGE_BACKEND == "s3":
            self._make_bucket()
        if options["share_bucket"] and settings.STORAGE_BACKEND == "s3":
            self._share_bucket()
        failed = False
        for result in preflight.results():
            failed = failed or bool(result.problem)
            self.stdout.write(f"{result.name}: {result.problem or 'ok'}")
        if failed:
            raise CommandError("The service would not work.")

    def _make_bucket(self) -> None:
        try:
            made = preflight.make_bucket()
        except (BotoCoreError, ClientError) as problem:
            raise CommandError(f"The bucket cannot be made: {problem}") from None
        if made:
            self.stdout.write("bucket: created")

    def _share_bucket(self) -> None:
        """A store without such rules, or a login that may not set them, stops nothing else."""
        try:
            preflight.share_bucket()
        except (BotoCoreError, ClientError) as problem:
            self.stderr.write(f"bucket: the rule for web pages was not set: {problem}")
