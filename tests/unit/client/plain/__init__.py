"""The client without a screen: line mode, pipes and JSON mode."""
