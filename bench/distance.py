"""A server a little further away: passes bytes on, each of them late, and counts the round trips.

``python -m bench.distance PORT 0.5`` prints the port that it listens on; a line on its input prints the trips so far.
Threads, since an event loop's timers know no half of a millisecond.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import sys
import threading
import time


class Line:
    """One connection, there and back."""

    def __init__(self, near: socket.socket, port: int, late_s: float, trips: itertools.count[int]) -> None:
        far = socket.create_connection(("127.0.0.1", port))
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._late_s = late_s
        self._trips = trips
        self._answered = True
        threading.Thread(target=self._pass_on, args=(near, far, False), daemon=True).start()
        threading.Thread(target=self._pass_on, args=(far, near, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 18):
                if not answers and self._answered:
                    next(self._trips)  # the first word after an answer: what follows it is on the same trip
                self._answered = answers
                time.sleep(self._late_s)
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def main(port: int, late_ms: float) -> None:
    """Serve until the input ends."""
    trips = itertools.count()
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:

        def serve() -> None:
            while True:
                Line(server.accept()[0], port, late_ms / 1000, trips)

        print(server.getsockname()[1], flush=True)
        threading.Thread(target=serve, daemon=True).start()
        for asked, _ in enumerate(sys.stdin):
            print(next(trips) - asked, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
