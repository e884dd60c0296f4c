"""What monitoring systems scrape: figures of the probes by name, with units, and never more rows than is said."""
