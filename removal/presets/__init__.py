"""Presets: named sets of output options, built in for marketplaces or saved by an account."""
