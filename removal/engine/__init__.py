"""Photo in, clean cut-out out. Pure: knows nothing of Django, settings, users or money."""
