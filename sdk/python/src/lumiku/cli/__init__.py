"""The command `lumiku`."""
