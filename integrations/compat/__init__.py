"""Drop-in surfaces: other services' HTTP APIs over this service's jobs, ledger and storage.

Each folder is one surface: its parameters, errors and answers. What they share lies here.
"""
