"""Advice, against traps."""
