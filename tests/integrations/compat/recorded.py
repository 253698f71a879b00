"""Forms of published clients, byte for byte as they send them, with key, picture and fields set.

Recorded against a server that wrote down what arrived: Faraday 1.1 with multipart-post 2.0 (Ruby,
as the gem `remove_bg` uses them), net/http and mime/multipart of Go 1.19 (as remove.bg's client for
Go does), PHP 8.2 with curl, curl 7.88, requests 2.34 (Python), Node 20's fetch and axios 1.21.
"""

from dataclasses import dataclass

HOST = "127.0.0.1"
_PART = '--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


@dataclass(frozen=True)
class FormClient:
    """Form style of a client: the lines of its head, the head of its file, and its order.

    Placeholders in the lines are `key`, `boundary`, `length`, `size` (of the picture) and `host`.
    """

    name: str
    head: tuple[str, ...]
    account_head: tuple[str, ...]
    boundary: str
    file_head: tuple[str, ...]
    file_first: bool = True
    end: str = "--{boundary}--\r\n"

    def post(self, path: str, key: str, image: bytes, **fields: str) -> bytes:
        """A POST of the picture as `image_file`, with these fields."""
        file = "--{boundary}\r\nContent-Disposition: form-data; "
        file += 'name="image_file"; filename="person.jpg"\r\n'
        file += "".join(f"{line}\r\n" for line in self.file_head) + "\r\n"
        head = file.format(boundary=self.boundary, size=len(image)).encode()
        texts = "".join(
            _PART.format(boundary=self.boundary, name=name, value=value)
            for name, value in fields.items()
        ).encode()
        picture = head + image + b"\r\n"
        body = picture + texts if self.file_first else texts + picture
        body += self.end.format(boundary=self.boundary).encode()
        return self._lines(f"POST {path}", self.head, key, len(body)) + body

    def get(self, path: str, key: str) -> bytes:
        return self._lines(f"GET {path}", self.account_head, key, 0)

    def _lines(self, start: str, lines: tuple[str, ...], key: str, length: int) -> bytes:
        filled = [
            line.format(key=key, boundary=self.boundary, length=length, host=HOST) for line in lines
        ]
        return "\r\n".join([f"{start} HTTP/1.1", *filled, "", ""]).encode()


_RUBY_ACCEPTS = ("Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3", "Accept: */*")
RUBY = FormClient(
    name="ruby",
    head=(
        "User-Agent: remove-bg-ruby-2.2.1",
        "X-Api-Key: {key}",
        "Content-Type: multipart/form-data; boundary={boundary}",
        "Content-Length: {length}",
        *_RUBY_ACCEPTS,
        "Host: {host}",
    ),
    account_head=(
        "User-Agent: remove-bg-ruby-2.2.1",
        "X-Api-Key: {key}",
        *_RUBY_ACCEPTS,
        "Host: {host}",
    ),
    boundary="-----------RubyMultipartPost-8df8a9bcb119762e6ba9af76d17b1bb8",
    file_head=(
        "Content-Length: {size}",
        "Content-Type: image/jpeg",
        "Content-Transfer-Encoding: binary",
    ),
    file_first=False,
    end="--{boundary}--\r\n\r\n",
)
GO = FormClient(
    name="go",
    head=(
        "Host: {host}",
        "User-Agent: remove-bg-go-1.1.0",
        "Content-Length: {length}",
        "Content-Type: multipart/form-data; boundary={boundary}",
        "X-Api-Key: {key}",
        "Accept-Encoding: gzip",
    ),
    account_head=(
        "Host: {host}",
        "User-Agent: Go-http-client/1.1",
        "X-Api-Key: {key}",
        "Accept-Encoding: gzip",
    ),
    boundary="c9c03c9041232b7b38fa133d7a567d18e31c74ec3ce22c4f4b3734bf56d7",
    file_head=("Content-Type: application/octet-stream",),
)
PHP = FormClient(
    name="php",
    head=(
        "Host: {host}",
        "Accept: */*",
        "X-Api-Key: {key}",
        "Content-Length: {length}",
        "Content-Type: multipart/form-data; boundary={boundary}",
    ),
    account_head=("Host: {host}", "Accept: */*", "X-Api-Key: {key}"),
    boundary="------------------------fb54ccb9462d97b2",
    file_head=("Content-Type: application/octet-stream",),
)
CURL = FormClient(
    name="curl",
    head=(
        "Host: {host}",
        "User-Agent: curl/7.88.1",
        "Accept: */*",
        "X-API-Key: {key}",
        "Content-Length: {length}",
        "Content-Type: multipart/form-data; boundary={boundary}",
    ),
    account_head=("Host: {host}", "User-Agent: curl/7.88.1", "Accept: */*", "X-API-Key: {key}"),
    boundary="------------------------bf2a3eb95bb14da6",
    file_head=("Content-Type: image/jpeg",),
)
_FETCH = ("accept-language: *", "sec-fetch-mode: cors", "user-agent: node")
_FETCH_CODINGS = "accept-encoding: gzip, deflate"
FETCH = FormClient(
    name="fetch",
    head=(
        "host: {host}",
        "connection: keep-alive",
        "x-api-key: {key}",
        "Accept: image/png, application/json",
        "content-type: multipart/form-data; boundary={boundary}",
        *_FETCH,
        _FETCH_CODINGS,
        "content-length: {length}",
    ),
    account_head=(
        "host: {host}",
        "connection: keep-alive",
        "x-api-key: {key}",
        "accept: */*",
        *_FETCH,
        _FETCH_CODINGS,
    ),
    boundary="----formdata-undici-092273015320",
    file_head=("Content-Type: image/jpeg",),
)
AXIOS = FormClient(
    name="axios",
    head=(
        "Accept: application/json, text/plain, */*",
        "Content-Type: multipart/form-data; boundary={boundary}",
        "X-api-key: {key}",
        "User-Agent: axios/1.21.1",
        "Content-Length: {length}",
        "Accept-Encoding: gzip, compress, deflate, br",
        "Host: {host}",
        "Connection: keep-alive",
    ),
    account_head=(
        "Accept: application/json, text/plain, */*",
        "X-api-key: {key}",
        "User-Agent: axios/1.21.1",
        "Accept-Encoding: gzip, compress, deflate, br",
        "Host: {host}",
        "Connection: keep-alive",
    ),
    boundary="axios-1.21.1-boundary-I043mKaInUPBSFgc-maAvzWFO",
    file_head=("Content-Type: image/jpeg",),
)
_REQUESTS = (
    "Host: {host}",
    "User-Agent: python-requests/2.34.2",
    "Accept-Encoding: gzip, deflate",
    "Accept: */*",
    "Connection: keep-alive",
    "x-api-key: {key}",
)
REQUESTS = FormClient(
    name="requests",
    head=(
        *_REQUESTS,
        "Content-Length: {length}",
        "Content-Type: multipart/form-data; boundary={boundary}",
    ),
    account_head=_REQUESTS,
    boundary="6e63c7be172e8fe10f7028020ddcb55d",
    file_head=(),
    file_first=False,
)
