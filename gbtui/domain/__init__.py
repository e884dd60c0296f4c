"""The bot platform: its tenants, sessions, messages, knowledge and tools, read and written."""
