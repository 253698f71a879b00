"""Ports to listen on."""

import errno
import secrets
import socket

LOOPBACK = "127.0.0.1"
# Outgoing connections take their ports from 32768 on, and could take one that was free a moment
# ago.
_BELOW_EPHEMERAL = range(20_000, 32_768)
_DRAWS = 100
_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket | None:
    """Return a socket that listens there (0: any free port), or None when the port is taken.

    Raises `OSError` or `OverflowError` when listening is impossible for other reasons: no such
    address, no permission, no such number.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Without this option a port whose last connections linger in TIME_WAIT would seem taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit the option. uvicorn takes an inherited socket for a Unix one and does
        # not set it, and every answer on a persistent connection would then wait 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as problem:
        listener.close()
        if isinstance(problem, OSError) and problem.errno == errno.EADDRINUSE:
            return None
        raise
    return listener


def reserve(preferred: int = 0) -> socket.socket:
    """Return a socket that listens on loopback, on `preferred` when that port is free, else on any.

    A server that inherits the socket cannot lose its port to a process that starts at the same
    time. Raises `OSError`.
    """
    listener = listen(LOOPBACK, preferred) or listen(LOOPBACK, 0)
    if listener is None:
        raise OSError(errno.EADDRINUSE, "No port is free")
    return listener


def port_of(listener: socket.socket) -> int:
    """Return the port on which the socket listens."""
    return int(listener.getsockname()[1])


def free_port(preferred: int | None = None) -> int:
    """`preferred` when it is free on loopback, else any free port. Raises `OSError`.

    Another process may take the port at any time; `reserve` is for servers that can inherit a
    socket.
    """
    drawn = (secrets.choice(_BELOW_EPHEMERAL) for _ in range(_DRAWS))
    for port in (*([preferred] if preferred else []), *drawn):
        if listener := listen(LOOPBACK, port):
            listener.close()
            return port
    raise OSError(errno.EADDRINUSE, "No port is free")


def accepts(port: int, host: str = LOOPBACK) -> bool:
    """Return whether a server listens there now."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
