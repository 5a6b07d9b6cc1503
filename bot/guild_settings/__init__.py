"""The rules of a server: their declaration, what holds now, and how they are changed."""
