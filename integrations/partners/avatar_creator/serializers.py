"""Input and documented answer of Avatar Creator's endpoint."""

from rest_framework import serializers

from integrations.partners.serializers import PartnerBatchSerializer, StartedSerializer, reference


class AvatarBatchSerializer(PartnerBatchSerializer):
    projectId = reference("The project whose avatars are cut out.")


class StartedAvatarsSerializer(StartedSerializer):
    projectId = serializers.CharField()
    totalAvatars = serializers.IntegerField()
