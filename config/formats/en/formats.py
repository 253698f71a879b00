"""How the operators' pages show moments (UTC) and days."""

DATETIME_FORMAT = "Y-m-d H:i\\Z"
DATE_FORMAT = "Y-m-d"
