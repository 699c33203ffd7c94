"""How Sphinx reads the pages that ``docs/build_site.py`` has put together."""

from dataflow import __version__

project = "DataFlow"
author = "The DataFlow authors"
project_copyright = "2026, the DataFlow authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}

html_theme = "furo"
html_title = f"DataFlow {release}"
html_show_sourcelink = False

# what a page links to by its heading
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "deflist"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 100
