"""Ports for servers that are told their port before they start."""

import random
import socket

_PORTS = range(15000, 32000)  # below those of outgoing connections: nobody takes a server's while it is down


def free_ports(count: int) -> list[int]:
    """So many ports of 127.0.0.1 on which nobody listens, chosen by chance."""
    ports: list[int] = []
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        ports.append(port)
        if len(ports) == count:
            break
    return ports
