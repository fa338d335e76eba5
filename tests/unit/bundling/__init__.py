"""The page's code as it is sent."""
