"""What a book may hold: tables, columns, faults in words, and how a book counts."""
