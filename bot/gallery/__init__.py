"""Finding pictures that were made: by code, message, member and kinship; threads and their current pictures."""
