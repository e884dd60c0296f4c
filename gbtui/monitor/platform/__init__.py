"""What the bot platform's schema tells: migrations, partitions, tenants, sessions."""
