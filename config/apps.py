"""Django's admin with our own site: it knows second factors."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "accounts.second_factor.site.OperatorSite"
