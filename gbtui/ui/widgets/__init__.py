"""What screens are made of: widgets that get plain values and paint only the lines that changed."""
