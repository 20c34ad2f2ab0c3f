"""Win the tender: what the score rule makes of a price, what decides, and which price to bid."""

from keyacct_utils.lessons.shared.room import public

__getattr__, __dir__ = public(__name__, "scoring", "choice", "bidding", "wins")
