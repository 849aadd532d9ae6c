"""What trackers send, made from plain values: one module for each wire protocol."""
