"""The steps of lesson 11."""
