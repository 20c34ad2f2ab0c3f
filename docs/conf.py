"""Sphinx configuration of the web site; ``keyacct_utils.site`` builds it and passes title and
tags.
"""

import importlib.util
import shutil
from pathlib import Path

from sphinx.application import Sphinx

author = "keyacct"
language = "en"
root_doc = "index"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "keyacct_utils.site.markup",
]

# Notebooks are shown as they were executed, never run again.
nb_execution_mode = "off"
# A class that two modules hand out has its attributes in both; a link to either is right.
suppress_warnings = ["ref.python"]
nb_render_markdown_format = "gfm"  # tables that lessons write
nb_ipywidgets_js = {}  # the default loads two scripts from a CDN
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_linkify_fuzzy_links = False  # a name such as "acme.com" is a name, no link
smartquotes = False

# One file without fonts or parts to fetch: it also works when the page is opened from disk.
MATHJAX_FILE = "tex-svg-full.js"
mathjax_path = f"mathjax/{MATHJAX_FILE}"
mathjax3_config = {"options": {"enableMenu": False}}

autodoc_typehints = "none"
autodoc_use_type_comments = False  # there are none, and looking for them takes a sixth of the build
autodoc_member_order = "bysource"
toc_object_entries = False  # hundreds of functions in each page's table of contents
autodoc_default_options = {"members": True, "ignore-module-all": True}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["keyacct.css"]
html_js_files = [("keyacct.js", {"defer": "defer"})]
html_domain_indices = False
html_show_sphinx = False
html_show_copyright = False
html_copy_source = not tags.has("private")  # type: ignore[name-defined]  # noqa: F821  (Sphinx provides it)
html_show_sourcelink = html_copy_source
html_theme_options = {
    "use_download_button": html_copy_source,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "show_navbar_depth": 1,
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "footer_content_items": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
if tags.has("private"):  # type: ignore[name-defined]  # noqa: F821
    html_theme_options["announcement"] = (
        "This site was made from a company's own data. It is not for publication."
    )


def copy_mathjax(app: Sphinx, exception: Exception | None) -> None:
    """Put the local MathJax beside the pages (the extension of that package would copy 24 MB)."""
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if exception is None and spec is not None and spec.origin is not None:
        target = Path(app.outdir) / "_static" / "mathjax"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(spec.origin).parent / "static" / "mathjax" / MATHJAX_FILE, target)


def setup(app: Sphinx) -> None:
    app.connect("build-finished", copy_mathjax)
