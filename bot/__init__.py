"""Atelier: a Discord bot that makes and edits pictures with FLUX.1 Kontext."""

__version__ = "1.0.0"
