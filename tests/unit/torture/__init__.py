"""Whether what looks for mistakes finds them."""
