"""A wheel carries the lessons, the synthetic books and the site's pages; pyproject.toml says all
the rest.
"""

import runpy
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
PLACES = runpy.run_path(str(HERE / "keyacct_utils" / "collection.py"))


class WithCollection(build_py):
    """Copy the collection beside the modules; an editable install reads it where it lies."""

    def run(self) -> None:
        """Build the package, then what belongs to it."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "keyacct_utils" / PLACES["SHIPPED"].name
        shutil.rmtree(target, ignore_errors=True)
        for folder in PLACES["FOLDERS"]:
            shutil.copytree(
                HERE / folder,
                target / folder,
                ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
            )


setup(cmdclass={"build_py": WithCollection})
