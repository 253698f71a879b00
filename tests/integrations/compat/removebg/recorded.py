"""Requests of published clients, byte for byte as they send them, with key and picture filled in.

Recorded from `removebg` 0.04 (Python, on requests 2.34), `remove.bg` 1.3.0 and `removd` 1.1.1
(Node) against a server that wrote down what arrived. Only the host and the length of the body are
set anew.
"""

import base64
from urllib.parse import quote_plus

PYTHON = (
    b"User-Agent: python-requests/2.34.2\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\n"
    b"Connection: keep-alive\r\nX-Api-Key: %s\r\n"
)
NODE = b"X-Api-Key: %s\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
NODE_FORM = (
    b"content-type: multipart/form-data; "
    b"boundary=--------------------------408423020917817056104351\r\n"
    b"x-api-key: %s\r\naccept: application/json\r\n"
)
REMOVD = (
    b"X-Api-Key: %s\r\nContent-Type: application/json\r\nAccept: */*\r\n"
    b"User-Agent: node-fetch/1.0 (+https://github.com/bitinn/node-fetch)\r\n"
    b"Accept-Encoding: gzip,deflate\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n"
)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
_URLENCODED = b"Content-Type: application/x-www-form-urlencoded\r\n"


def python_file(key: str, image: bytes) -> bytes:
    boundary = b"--1ab2a05769a2b2f074cc89d81f60dd61"
    body = (
        boundary + b'\r\nContent-Disposition: form-data; name="size"\r\n\r\nregular\r\n' + boundary
    )
    body += b'\r\nContent-Disposition: form-data; name="image_file"; filename="image.jpg"\r\n\r\n'
    body += image + b"\r\n" + boundary + b"--\r\n"
    kind = b"Content-Type: multipart/form-data; boundary=1ab2a05769a2b2f074cc89d81f60dd61\r\n"
    return _request(PYTHON % key.encode() + kind, body)


def python_base64(key: str, image: bytes) -> bytes:
    text = quote_plus(base64.b64encode(image).decode()).encode()
    body = b"image_file_b64=" + text + b"&size=regular&bg_color=white"
    return _request(PYTHON % key.encode() + _URLENCODED, body)


def python_address(key: str, url: str) -> bytes:
    body = b"image_url=" + quote_plus(url).encode() + b"&size=regular&bg_color=white"
    return _request(PYTHON % key.encode() + _URLENCODED, body)


def node_file(key: str, image: bytes) -> bytes:
    boundary = b"----------------------------408423020917817056104351"
    body = b""
    for name, value in ((b"size", b"regular"), (b"type", b"auto"), (b"crop", b"false")):
        body += boundary + b'\r\nContent-Disposition: form-data; name="%s"\r\n\r\n' % name
        body += value + b"\r\n"
    body += boundary
    body += b'\r\nContent-Disposition: form-data; name="image_file"; filename="image.jpg"\r\n'
    # This client ends without a line break.
    body += b"Content-Type: image/jpeg\r\n\r\n" + image + b"\r\n" + boundary + b"--"
    return _request(NODE_FORM % key.encode(), body)


def node_base64(key: str, image: bytes) -> bytes:
    text = base64.b64encode(image)
    body = b'{"size":"preview","type":"auto","crop":true,"image_file_b64":"%s"}' % text
    return _request(NODE % key.encode(), body)


def node_address(key: str, url: str) -> bytes:
    body = b'{"size":"preview","type":"auto","crop":false,"image_url":"%s"}' % url.encode()
    return _request(NODE % key.encode(), body)


def removd_file(key: str, image: bytes) -> bytes:
    """JSON in chunks, of which the picture is one, as base64."""
    rest = (
        b'","size":"small","channels":"rgba","bg_color":"00000000","format":"auto","type":"auto"}'
    )
    parts = (b'{"image_file_b64":"', base64.b64encode(image), rest, b"")
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"POST /v1.0/removebg HTTP/1.1\r\n" + REMOVD % key.encode() + CHUNKED + body


def removd_account(key: str) -> bytes:
    return b"GET /v1.0/account HTTP/1.1\r\n" + REMOVD % key.encode() + b"\r\n"


def _request(headers: bytes, body: bytes) -> bytes:
    return (
        b"POST /v1.0/removebg HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        + headers
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )
