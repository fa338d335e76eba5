"""The page tier: the web page in Chromium, with `classchat serve` as a process; its modules in Node."""
