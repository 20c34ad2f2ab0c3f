"""``python -m keyacct_utils.exercises`` writes the exercise sheets anew from the solutions."""

from keyacct_utils.exercises.sheets import sheets_without_source, write_sheets

print("written:", ", ".join(write_sheets()) or "nothing, all are in step")
for left in sheets_without_source():
    print(f"{left.name} has no solutions notebook any more: delete it")
