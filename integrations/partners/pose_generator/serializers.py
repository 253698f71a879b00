"""Input and documented answer of the Pose Generator's endpoint."""

from rest_framework import serializers

from integrations.partners.serializers import PartnerRemovalSerializer, RemovedSerializer, reference


class PoseSerializer(PartnerRemovalSerializer):
    generatedImageId = reference("The generated image whose background is removed.")


class RemovedPoseSerializer(RemovedSerializer):
    generatedImageId = serializers.CharField()
