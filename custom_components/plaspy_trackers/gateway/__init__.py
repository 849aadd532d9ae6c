"""Bytes in, reports out: the wire protocols of GPS trackers and the server that listens for them."""
