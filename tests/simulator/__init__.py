"""Trackers as programs that speak their real wire protocol over real sockets.

They share no code with the integration: what they send is encoded from the documents alone, so a mistake in a decoder
finds no twin here.
"""
