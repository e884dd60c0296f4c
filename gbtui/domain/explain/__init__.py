"""Plans of statements: asked of the server without running them, read as a tree, and told in words."""
