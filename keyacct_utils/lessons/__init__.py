"""The lessons, one room each, and the catalogue of them."""
