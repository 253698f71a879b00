"""Every path of the drop-in surfaces, at the root of the service."""

from django.urls import URLPattern

from integrations.compat.async_service import urls as async_service
from integrations.compat.jwt_service import urls as jwt_service
from integrations.compat.microservice import urls as microservice
from integrations.compat.photoroom import urls as photoroom
from integrations.compat.rembg import urls as rembg
from integrations.compat.removebg import urls as removebg

urlpatterns: list[URLPattern] = [
    *removebg.urlpatterns,
    *photoroom.urlpatterns,
    *rembg.urlpatterns,
    *microservice.urlpatterns,
    *async_service.urlpatterns,
    *jwt_service.urlpatterns,
]
