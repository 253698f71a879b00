"""The shape of invoices; money is whole rupiah."""

from typing import Any

from rest_framework import serializers

from common.http.pagination import PaginationSerializer


class InvoiceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    currency = serializers.CharField()
    amountDue = serializers.IntegerField(help_text="In whole rupiah.")
    amountPaid = serializers.IntegerField()
    orderId = serializers.CharField(allow_null=True)
    pdfUrl = serializers.CharField(allow_null=True)
    hostedUrl = serializers.CharField(allow_null=True)
    createdAt = serializers.DateTimeField()
    paidAt = serializers.DateTimeField(allow_null=True)
    periodStart = serializers.DateTimeField()
    periodEnd = serializers.DateTimeField()


class InvoicesSerializer(serializers.Serializer[Any]):
    invoices = InvoiceSerializer(many=True)
    pagination = PaginationSerializer()
