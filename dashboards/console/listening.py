"""Taking the console's port. Loads nothing of the web framework, so that a run can ask at its start."""

import errno
import socket

from mentions.errors import Unavailable

_REASONS = {
    errno.EADDRINUSE: "something else listens there",
    errno.EACCES: "this user may not listen there",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


def bind(host: str, port: int) -> socket.socket:
    """Take the port, ready for uvicorn.

    Raises:
        Unavailable: it cannot be had; the sentence names it and how to choose another.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # A port whose last connections the system is still winding up is free for us.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        msg = (
            f"the console cannot use {host}:{port}: {reason}; choose another with --port 8081, `port` below [server] "
            "in atalaya.toml, or ATALAYA_SERVER_PORT=8081 (0: any free one)"
        )
        raise Unavailable(msg) from error
    return listener
