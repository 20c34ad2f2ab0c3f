"""What leaves a run for people who open no notebook: a report, a deck, figures, and one account
explained; made from the results of the run alone.
"""
