"""Message classes for parts of onnx.proto, to change model files without the onnx package.

Protobuf carries along the fields that a class does not name, so a class needs only those in use.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import (  # type: ignore[import-untyped]
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)

# Fields by message: number and type, which is a scalar or another of these messages; `*` repeats.
Messages = Mapping[str, Mapping[str, tuple[int, str]]]


def message_class(messages: Messages, name: str) -> Any:
    """The class of one of the messages, made in a pool of its own."""
    file = descriptor_pb2.FileDescriptorProto(name="onnx_part.proto", package="onnx_part")
    for message, fields in messages.items():
        described = file.message_type.add(name=message)
        for field, (number, kind) in fields.items():
            _describe(described.field.add(name=field, number=number), kind, messages)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"onnx_part.{name}"))


def _describe(field: Any, kind: str, messages: Messages) -> None:
    known = kind.removeprefix("*")
    field.label = field.LABEL_REPEATED if kind.startswith("*") else field.LABEL_OPTIONAL
    if known in messages:
        field.type, field.type_name = field.TYPE_MESSAGE, f".onnx_part.{known}"
    else:
        field.type = getattr(field, f"TYPE_{known.upper()}")
