"""Pure functions from values to messages: nothing here asks Discord or the database."""
