from django.urls import URLPattern

from integrations.partners import urls as partners
from integrations.trial import urls as trial
from integrations.webhooks import urls as webhooks

urlpatterns: list[URLPattern] = [*partners.urlpatterns, *webhooks.urlpatterns, *trial.urlpatterns]
