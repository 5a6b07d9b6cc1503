"""The benchmark: our figures beside a floor program's, from the same run."""
