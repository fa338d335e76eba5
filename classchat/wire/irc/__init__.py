"""IRC on the wire: bytes to lines and events to lines, without any I/O."""
