"""Shared parts of the operators' pages: base classes, search, filters and paging."""
