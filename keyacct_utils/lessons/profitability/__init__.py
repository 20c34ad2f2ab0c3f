"""Who makes the profit?"""
