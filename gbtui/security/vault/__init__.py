"""The vault: values sealed with AES-256-GCM, each for its own row, under data keys that a master key wraps.

docs/vault.md tells the format and what it protects against.
"""
