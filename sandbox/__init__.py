"""Substitutes for external services on one machine: real servers as child processes.

This package imports none of the applications; it communicates with them through HTTP and the
command line.
"""
