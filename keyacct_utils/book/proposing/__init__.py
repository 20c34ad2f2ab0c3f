"""A book.toml proposed from files: what they are, which column is which, and what is left to
decide.
"""
