"""Who qualifies as a key account?"""
