"""What the site adds to Sphinx: overloads on one page, links from names in text to their pages, pages of source."""

import json
import re
from pathlib import Path

from breathe import parser
from breathe.directives.item import _DoxygenBaseItemDirective
from breathe.renderer import filter as breathe_filter
from breathe.renderer import mask
from breathe.renderer.target import create_target_handler
from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound
from sphinx.transforms.post_transforms import SphinxPostTransform


class Members(_DoxygenBaseItemDirective):
    """All functions, variables and aliases of one name in a namespace."""

    def run(self):
        namespace, name = self.arguments[0].rsplit("::", 1)
        project = self.project_info_factory.create_project_info(self.options)
        index = self.get_doxygen_index(project)
        kinds = (parser.MemberKind.function, parser.MemberKind.variable, parser.MemberKind.typedef, parser.MemberKind.enum)
        found = list(
            breathe_filter.member_finder_filter(self.app, namespace, name, self.dox_parser, project, kinds, index)
        )
        found.sort(key=lambda stack: stack[0].value.location.file.startswith("bijou/distributed/"))  # behind the plain ones
        target = create_target_handler(self.options, self.env)
        outline = breathe_filter.create_outline_filter(self.options)
        result = []
        for stack in found:
            result += self.render(stack, project, outline, target, mask.NullMaskFactory(), self.directive_args)
        if not result:
            raise self.error(f"bijou-members: nothing of the name {self.arguments[0]}")
        return result


class NamesInText(SphinxPostTransform):
    """`MAF<T, D>{rng}` in text becomes a link to the page of MAF."""

    default_priority = 700

    def run(self, **_):
        names = self.app.bijou_names
        page = self.env.docname
        for literal in list(self.document.findall(nodes.literal)):
            if isinstance(literal.parent, (nodes.reference, nodes.title)):
                continue
            text = re.match(r"(?:bijou::)?(\w+(?:::\w+)*)(?:[<({].*)?$", literal.astext())
            target = names.get(text[1]) if text else None
            if target and target != page and self.app.builder.format == "html":
                link = nodes.reference("", "", internal=True, refuri=self.app.builder.get_relative_uri(page, target))
                literal.replace_self(link)
                link += literal


def source_pages(app):
    """Each file that pages link to, highlighted, with an anchor for each line."""
    root = Path(app.bijou_site["root"])
    for name in app.bijou_site["sources"]:
        text = (root / name).read_text()
        try:
            lexer = get_lexer_for_filename(name)
        except ClassNotFound:
            lexer = TextLexer()
        formatter = HtmlFormatter(linenos="inline", anchorlinenos=True, lineanchors="L", linespans="line", cssclass="highlight")
        body = highlight(text, lexer, formatter).replace('name="L-', 'id="L').replace('id="L-', 'id="L').replace('href="#L-', 'href="#L')
        shown = name.removeprefix("include/")
        yield f"source/{shown}", {"title": shown, "body": f'<h1>{shown}</h1><div class="source-page">{body}</div>'}, "page.html"


def visit_formula(translator, node):
    display = isinstance(node, nodes.math_block)
    text = translator.encode(node.astext())
    tag, kind = ("div", "math display") if display else ("span", "math")
    translator.body.append(f'<{tag} class="{kind}">{text}</{tag}>')
    raise nodes.SkipNode


def share_sidebar(app, page, _template, context, _doctree):
    """Pages that are not in the sidebar have the same one, but for the way up: made once, as it costs more than the page."""
    if page in app.bijou_orphans or page.startswith("source/"):
        make, shared = context["toctree"], app.bijou_sidebars

        def toctree(**options):
            key = (page.count("/"), tuple(sorted(options.items())))
            if key not in shared:
                shared[key] = make(**options)
            return shared[key]

        context["toctree"] = toctree


def read_names(app):
    app.bijou_sidebars = {}
    app.bijou_names = json.loads((Path(app.srcdir) / "names.json").read_text())
    app.bijou_orphans = set(app.bijou_names.values())
    app.bijou_site = json.loads((Path(app.srcdir) / "site.json").read_text())


def setup(app):
    app.connect("builder-inited", read_names)
    app.connect("html-collect-pages", source_pages)
    app.connect("html-page-context", share_sidebar, priority=100)  # before furo, which asks for the list
    app.add_html_math_renderer("katex", (visit_formula, None), (visit_formula, None))
    app.add_directive("bijou-members", Members)
    app.add_post_transform(NamesInText)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
