"""Storage of static files in production: names that change with the content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Storage that also renames the modules that scripts import, so that a page never mixes two
    releases.
    """

    support_js_module_import_aggregation = True
