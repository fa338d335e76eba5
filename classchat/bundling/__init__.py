"""The page's code as it is sent: modules joined into a few files, without comments and with short names."""
