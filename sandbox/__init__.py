"""What stands in for the outside world on one machine: real services as child processes.

Imports none of the applications; it talks to them through HTTP and the command line.
"""
