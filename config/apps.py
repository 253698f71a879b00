"""Django's admin on our own site, which supports second factors."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "accounts.second_factor.site.OperatorSite"
