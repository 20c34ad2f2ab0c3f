"""Is it really 80/20?"""
