"""``python -m keyacct_utils.site [NOTEBOOKS] [OUT]``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from keyacct_utils.collection import ROOT, WORK
from keyacct_utils.site import TITLE, SiteError, build


@click.command()
@click.argument("notebooks", type=click.Path(path_type=Path), default=ROOT / "notebooks")
@click.argument("out", type=click.Path(path_type=Path), default=WORK / "out" / "site")
@click.option("--title", default=TITLE, show_default=True)
def main(notebooks: Path, out: Path, title: str) -> None:
    """Build the site in OUT from the executed notebooks in NOTEBOOKS."""
    try:
        click.echo(build(notebooks, out, title, progress=partial(click.echo, err=True)))
    except (ValueError, SiteError) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
