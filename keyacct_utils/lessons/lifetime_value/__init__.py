"""What is an account worth?"""

from keyacct_utils.lessons.shared.room import public

__getattr__, __dir__ = public(__name__, "values", "contracts", "buying")
