"""Groups of commands; each file is loaded by name and imports no other."""
