"""IRC on the wire, module for module."""
