"""Events and lists as the lines that users read, on the screen and in line mode."""
