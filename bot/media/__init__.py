"""Untrusted pictures: decoded, oriented, stripped of metadata and fitted to a size."""
