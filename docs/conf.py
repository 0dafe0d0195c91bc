"""The site of distq: `make docs` builds it into docs/_build."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from distq import __version__ as release

project = "distq"
author = "The distq authors"
version = release
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "conformance"]
html_theme = "furo"
html_title = f"distq {release}"
myst_heading_anchors = 3
autodoc_typehints = "none"
