from django.urls import URLPattern

from integrations.webhooks import urls as webhooks

urlpatterns: list[URLPattern] = [*webhooks.urlpatterns]
