"""Image providers: one shape inside, one file per vendor."""
