"""Talking to PostgreSQL: connection strings, pool, deadlines, retries, facts about the server, SQL by name."""
