"""The archive, in every kind of database that is there."""
