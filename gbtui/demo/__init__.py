"""Something to look at without a server of one's own: an embedded PostgreSQL, sample data and live traffic."""
