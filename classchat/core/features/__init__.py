"""The class layer: one module for each feature, see `feature.py`."""
