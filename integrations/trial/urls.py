from django.urls import URLPattern

from common.http.routes import route
from integrations.trial.views import TrialView

urlpatterns: list[URLPattern] = [
    route("background-remover/try", TrialView.as_view(), name="try"),
]
