"""The process that draws: a pickled function and its arguments come in, a PNG goes out. Only ``Renderer`` starts it."""

import os
import pickle
import sys

if hasattr(os, "nice"):
    os.nice(5)  # where processors are few, the bot's event loop goes first

work, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  # the bot itself wrote it
sys.stdout.buffer.write(work(*arguments))
