"""Sphinx's settings. build.py copies the pages to build/site/source, adds what it generates, and says where things are."""

import json
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here / "extension"))
site = json.loads((here / "site.json").read_text())

project = "bijou"
author = "The bijou authors"
copyright = "the bijou authors, MIT license"  # pylint: disable=redefined-builtin
version = release = site["version"]

extensions = ["breathe", "myst_parser", "sphinx_copybutton", "bijou_site"]
exclude_patterns = ["extension", "examples"]
primary_domain = "cpp"
highlight_language = "text"

breathe_projects = {"bijou": site["xml"]}
breathe_default_project = "bijou"
breathe_show_define_initializer = True
breathe_show_include = False

# Every reference must resolve but those to other libraries, to what is not public (names for types inside of a class among
# these), and to namespaces, which have no pages.
nitpicky = True
nitpick_ignore_regex = [
    ("cpp:.*", r"(std|Eigen|detail|bijou::detail)(::.*)?"),
    ("cpp:.*", r"(T|D|P|Map|Parts|Start|First|Second|Flow|Degrees|Standard|Vector|Events|Cache(<T>)?)(::.*)?"),
    ("cpp:.*", r"bijou|(bijou::)?(activations|datasets|flows|formulas|scale_maps|spline_edges|spline_maps)"),
    ("cpp:.*", r"MaskedLinearView<T>::RowsDone|Permute<D>::formula|BIJOU_VERSION|stderr"),
]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

html_math_renderer = "katex"
html_theme = "furo"
html_title = f"bijou {release}"
html_static_path = ["_static"]
html_css_files = ["katex/katex.min.css", "site.css"]
html_js_files = ["katex/katex.min.js", "formulas.js", "versions.js"]
html_copy_source = False
html_use_index = False
html_favicon = "_static/favicon.svg"
html_show_sphinx = False
html_last_updated_fmt = None
templates_path = ["_templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "version.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#7a3b12", "color-brand-content": "#8a4214"},
    "dark_css_variables": {"color-brand-primary": "#e0a060", "color-brand-content": "#e8ac70"},
}
pygments_style = "friendly"
pygments_dark_style = "monokai"
copybutton_exclude = ".linenos, .gp"
