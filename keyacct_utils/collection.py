"""Where the lessons, the synthetic books and the site's pages lie: beside the package in a clone,
within it where a wheel was installed.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
#: What a wheel carries of the clone, and where.
FOLDERS, SHIPPED = ("notebooks", "datasets", "docs"), PACKAGE / "_collection"
#: Whether this is a clone, in which lessons are written, tested and built.
CLONED = not SHIPPED.is_dir()
ROOT = PACKAGE.parent if CLONED else SHIPPED
#: Where results go that are asked for without a place.
WORK = PACKAGE.parent if CLONED else Path()
