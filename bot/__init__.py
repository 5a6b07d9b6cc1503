"""Atelier: a Discord bot that makes and edits pictures with FLUX.1 Kontext."""

__version__ = "0.3.0"
