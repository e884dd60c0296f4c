"""Watching a server: probe -> sample -> check -> finding. One registry feeds the console, `show` and `check`."""
