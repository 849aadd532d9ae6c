"""The port, over real sockets on loopback."""
