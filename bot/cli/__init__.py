"""The command line: what it takes, its help and completions, and the questions of the first settings."""
