#!/usr/bin/env python
"""Runs the service's management commands; `manage.py help` lists them."""

import sys

from config.running import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
