"""The process that works for a ``ProcessPool``, which alone starts it: calls come in pickled, answers go out as JSON.

It ends when its standard input does, so when the bot is killed it follows at the end of the call that it is at.
"""

import gc
import json
import os
import pickle
import pkgutil
import signal
import struct
import sys
import time
from collections.abc import Mapping

if sys.platform != "win32":
    import resource

# A signal to the whole group or container is the bot's to answer: it may still need its pictures.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)


def _limit(memory: int) -> None:
    """Bound what one call can do to the machine, as far as the system knows how."""
    if hasattr(os, "nice"):
        os.nice(5)  # where processors are few, the bot's event loop goes first
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
            score.write("1000")  # where memory is short, this process dies first
    except OSError:
        pass
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _limit_call(seconds: int) -> None:
    """End by itself, whoever still watches: the limit counts from the process's start."""
    if sys.platform == "win32":
        return
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, most))


def _answer(seconds: int) -> bool:
    """One call; False where there are no more."""
    try:
        work, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  # the bot itself wrote it
    except EOFError:
        return False
    _limit_call(seconds)
    facts: Mapping[str, object] = {}
    head: Mapping[str, object] = {"facts": facts}
    data = b""
    try:
        if isinstance(work, str):
            work = pkgutil.resolve_name(work)
        result: bytes | tuple[Mapping[str, object], bytes] = work(*arguments)
        if isinstance(result, tuple):
            facts, data = result
        else:
            data = result
        head = {"facts": facts}
    except Exception as error:  # noqa: BLE001 - the bot is told, and knows what to make of it
        head = {"error": type(error).__name__, "detail": str(error)[:500]}
    encoded = json.dumps(head).encode()
    _ANSWERS.write(struct.pack(">II", len(encoded), len(data)) + encoded)
    _ANSWERS.write(data)
    _ANSWERS.flush()
    return True


_ANSWERS = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # what a decoder prints is no answer
_limit(int(sys.argv[1]))
while _answer(int(sys.argv[2])):
    gc.collect()  # a picture and its decoder refer to each other
