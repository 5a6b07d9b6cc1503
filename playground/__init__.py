"""A small Discord of our own on loopback: the web page for trying out, and the other end of the tests."""

from playground.server import LoopbackDiscord

__all__ = ["LoopbackDiscord"]
