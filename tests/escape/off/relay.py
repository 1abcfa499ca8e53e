# SPDX-License-Identifier: MIT
"""relay.py ADDRESS: port 9099 of the container's own address, led to the egress proxy on its loopback."""
import socket
import sys
import threading


def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


for near in iter(socket.create_server((sys.argv[1], 9099)).accept, None):
    far = socket.create_connection(("127.0.0.1", 9099))
    for pair in ((near[0], far), (far, near[0])):
        threading.Thread(target=copy, args=pair, daemon=True).start()
