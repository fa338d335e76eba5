"""What moderators and classes decide: each feature of classes is one module, see `feature.py`."""
