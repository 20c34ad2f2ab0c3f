"""Ledgers that stay where they are: the roll-up and the checks run there, and only account rows
travel.
"""
