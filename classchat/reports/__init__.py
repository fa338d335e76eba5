"""Reports about sessions of classes: who was there, who took part, what was asked, voted and said."""
