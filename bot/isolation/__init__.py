"""Functions that run in a process of their own: limited in memory and time, renewed when it dies."""
