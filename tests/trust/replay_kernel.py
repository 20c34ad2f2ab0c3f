"""A kernel that computes nothing: it answers each cell with the outputs that a notebook holds, so
that nbval can be asked, in seconds, what it says of another copy of them.

    python -m tests.trust.replay_kernel -f CONNECTION    with KEYACCT_REPLAY=/folder/of/notebooks
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

FOLDER = "KEYACCT_REPLAY"


def kept(folder: Path) -> dict[str, dict[str, list[Any]]]:
    """The outputs of each cell, by its source and the notebook."""
    found: dict[str, dict[str, list[Any]]] = {}
    for path in sorted(folder.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                found.setdefault(cell.source, {})[path.stem] = cell.outputs
    return found


class Replay(Kernel):
    """Answers with what is kept."""

    implementation, implementation_version, banner = "replay", "1", "replay"
    language_info = {"name": "python", "mimetype": "text/x-python", "file_extension": ".py"}  # noqa: RUF012

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self.outputs = kept(Path(os.environ[FOLDER]))
        #: The notebook, known from the first cell that no other has: the one that imports its room.
        self.notebook = ""

    async def do_execute(self, code: str, silent: bool, *_: Any, **__: Any) -> dict[str, Any]:
        """Send the kept outputs of the cell."""
        answers = self.outputs.get(code, {})
        if len(answers) == 1:
            self.notebook = self.notebook or next(iter(answers))
        for output in answers.get(self.notebook, []):
            content = {name: value for name, value in output.items() if name != "output_type"}
            if output.output_type in ("display_data", "execute_result"):
                content["execution_count"] = self.execution_count
            self.send_response(self.iopub_socket, output.output_type, content)
        return {
            "status": "ok",
            "execution_count": self.execution_count,
            "payload": [],
            "user_expressions": {},
        }


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=Replay)
