"""Formats of times (UTC) and dates on the operators' pages."""

DATETIME_FORMAT = "Y-m-d H:i\\Z"
DATE_FORMAT = "Y-m-d"
