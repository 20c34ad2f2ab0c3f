"""Which bond holds?"""
