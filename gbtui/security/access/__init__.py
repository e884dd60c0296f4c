"""Who may do what: the roles, and the logins that were given them."""
