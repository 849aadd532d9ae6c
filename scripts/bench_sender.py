"""The second process of `scripts/bench`: sends frames to a port as it is told on standard input.

Standard input holds the length of the job in eight digits, the job as JSON, and then a byte for each `CREDIT` datagrams
that were taken in. Standard output gets one line of JSON. Times are those of `time.monotonic()`, which all processes of
a machine share.
"""

import json
import os
import selectors
import socket
import sys
import time
from typing import Any

#: So many datagrams may be on their way, which a socket's usual buffer of 208 KiB holds: none is lost.
WINDOW = 128
CREDIT = 32

HOST = "127.0.0.1"
READ = 1 << 20


def main() -> None:
    """Do the job that stands on standard input."""
    job = json.loads(_read(int(_read(8))))
    frames = [frame.encode("latin-1") for frame in job["frames"]]
    deeds = {"stream": stream, "datagrams": datagrams, "ask": ask, "hold": hold, "paced": paced}
    print(json.dumps(deeds[job["deed"]](frames, job)), flush=True)


def stream(frames: list[bytes], job: dict[str, Any]) -> float:
    """Send all frames so many rounds over each of some connections, as fast as they are taken; return the beginning."""
    sockets = [_connect(job, socket.SOCK_STREAM) for _ in range(job["connections"])]
    glued = b"".join(frames)
    begin = time.monotonic()
    for _ in range(job["rounds"]):
        for connection in sockets:
            connection.sendall(glued)
            _drain(connection)
    # Replies that nobody has read would cut off what is still on its way.
    for connection in sockets:
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(READ):
            pass
    return begin


def datagrams(frames: list[bytes], job: dict[str, Any]) -> float:
    """Send all frames so many rounds, each in a datagram, never more than a window ahead; return the beginning."""
    connection = _connect(job, socket.SOCK_DGRAM)
    begin = time.monotonic()
    credit = WINDOW
    for _ in range(job["rounds"]):
        for frame in frames:
            if not credit:
                credit = CREDIT * len(os.read(0, WINDOW))
            connection.send(frame)
            credit -= 1
    return begin


def ask(frames: list[bytes], job: dict[str, Any]) -> float:
    """Send all frames so many rounds by each of some sockets, each when the one before was answered."""
    kind = socket.SOCK_DGRAM if job["udp"] else socket.SOCK_STREAM
    sockets = [_connect(job, kind) for _ in range(job["connections"])]
    left = {connection: job["rounds"] * len(frames) for connection in sockets}
    begin = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for connection in sockets:
            selector.register(connection, selectors.EVENT_READ, connection)
            connection.send(frames[0])
        while left:
            for key, _ in selector.select():
                connection = key.data
                connection.recv(4096)
                left[connection] -= 1
                if left[connection]:
                    connection.send(frames[left[connection] % len(frames)])
                else:
                    selector.unregister(connection)
                    del left[connection]
    return begin


def hold(frames: list[bytes], job: dict[str, Any]) -> None:
    """Open so many connections, send a frame on each, and hold them until there is no more standard input."""
    sockets = [_connect(job, socket.SOCK_STREAM) for _ in range(job["connections"])]
    for connection in sockets:
        connection.sendall(frames[0])
    while os.read(0, 1):
        pass


def paced(frames: list[bytes], job: dict[str, Any]) -> list[float]:
    """Send each frame at its time, by one connection for each tracker in turn; return when each was sent."""
    sockets = [_connect(job, socket.SOCK_STREAM) for _ in range(job["connections"])]
    for connection, hello in zip(sockets, job["hellos"], strict=True):
        connection.sendall(hello.encode("latin-1"))
    sent = []
    due = time.monotonic()
    for number, frame in enumerate(frames):
        due += job["pause"]
        time.sleep(max(0.0, due - time.monotonic()))
        sent.append(time.monotonic())
        sockets[number % len(sockets)].sendall(frame)
        _drain(sockets[number % len(sockets)])
    # What is still on its way must find its connection open.
    while os.read(0, 1):
        pass
    return sent


def _drain(connection: socket.socket) -> None:
    """Read the replies that have come."""
    try:
        connection.recv(READ, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return


def _connect(job: dict[str, Any], kind: socket.SocketKind) -> socket.socket:
    connection = socket.socket(socket.AF_INET, kind)
    connection.connect((HOST, job["port"]))
    if kind is socket.SOCK_STREAM:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _read(length: int) -> bytes:
    """Return so many bytes of standard input, and leave the rest there."""
    data = b""
    while len(data) < length:
        piece = os.read(0, length - len(data))
        if not piece:
            sys.exit("no job")
        data += piece
    return data


if __name__ == "__main__":
    main()
