"""One statement that somebody types: judged, run read-only, cut on the server, read on in pieces, written to a file."""
