"""Body parsers for which no sequence of bytes is a server error. Bodies are UTF-8."""

import json
from typing import Any

from django.http.request import UnreadablePostError
from rest_framework import parsers
from rest_framework.exceptions import ParseError


class JsonParser(parsers.JSONParser):
    """`application/json`, nested no deeper than the interpreter can go."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            # An escaped lone surrogate is a character that can be neither stored nor sent back.
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ParseError("the JSON holds half of a surrogate pair") from None
        except RecursionError:
            raise ParseError("the JSON is nested too deeply") from None
        return data


class FormParser(parsers.MultiPartParser):
    """`multipart/form-data`."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except UnreadablePostError:
            raise ParseError("the body ended early") from None
        except (LookupError, ValueError, RecursionError):
            # Part headers may name codecs that do not exist or do not decode.
            raise ParseError("the multipart form is malformed") from None
