"""Checks the built site: python docs/site/check.py [--every N] [--pictures FOLDER]

Links and anchors by reading the pages; the rest in headless Chromium, at 1280 and 390 px, light and dark: no error on the
console, no request to another host, no formula left as TeX, no scrolling sideways, and what the search finds. Where the site
has the page that trains in the browser, its held-out loss must come soon enough and low enough.
"""

import argparse
import functools
import http.server
import sys
import threading
import time
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

from playwright.sync_api import sync_playwright

HTML = Path(__file__).resolve().parents[2] / "build" / "site" / "html"

# What is looked for, and the page that must be among the first ten found.
NAMES = {
    "MAF": "reference/MAF.html",
    "RationalQuadraticSpline": "reference/RationalQuadraticSpline.html",
    "TransformedDistribution": "reference/TransformedDistribution.html",
    "fit": "reference/fit.html",
    "StandardNormal": "reference/StandardNormal.html",
    "NeuralPosterior": "reference/NeuralPosterior.html",
    "load": "reference/load.html",
    "AdamW": "reference/AdamW.html",
    "FitOptions": "reference/FitOptions.html",
    "Coupling": "reference/Coupling.html",
}
PHRASES = {
    "how to cite": "cite.html",
    "mixture density network": "guides/conditional.html",
    "effective sample size": "guides/inference.html",
    "early stopping patience": "guides/training.html",
    "expected events rows": "guides/errors.html",
}
LIVE_LOSS, LIVE_SECONDS = 0.35, 20  # nats, most seconds
PICTURES = [
    "index.html", "guides/first_flow.html", "guides/types.html", "guides/errors.html", "guides/inference.html",
    "gallery/index.html", "gallery/toys.html", "gallery/two_moons.html", "guides/several_machines.html", "policy.html",
    "reference/index.html", "reference/bijectors.html", "reference/Planar.html", "reference/fit.html",
    "reference/StudentT.html", "performance.html", "source/bijou/bijectors/planar.hpp.html", "search.html?q=spline",
    "cite.html",
]


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


def check_links(root):
    pages = {path: Page(path.read_text()) for path in root.rglob("*.html")}
    problems = []
    for path, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.exists():
                problems.append(f"{path.relative_to(root)}: {link} leads nowhere")
            elif parts.fragment and target in pages and urllib.parse.unquote(parts.fragment) not in pages[target].anchors:
                problems.append(f"{path.relative_to(root)}: {link} has no such anchor")
    return len(pages), sum(len(page.links) for page in pages.values()), problems


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def states(page):
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            yield width, scheme


def check_pages(browser, address, names, pictures):
    page = browser.new_page()
    problems, here, host = [], [""], address.rsplit("/", 2)[0]
    page.on("console", lambda m: problems.append(f"{here[0]}: console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda e: problems.append(f"{here[0]}: {e}"))
    page.on("request", lambda r: None if r.url.startswith((host, "data:")) else problems.append(f"{here[0]}: asks {r.url}"))
    for name in names:
        here[0] = name
        page.goto(address + name, wait_until="load")
        raw = page.evaluate("[...document.querySelectorAll('.math')].filter(f => !f.querySelector('.katex')"
                            " || f.querySelector('.katex-error')).map(f => f.textContent)")
        left = page.evaluate(r"""(() => { const copy = document.querySelector('article, body').cloneNode(true);
            copy.querySelectorAll('pre, code, script, .katex').forEach(e => e.remove());
            return (copy.textContent.match(/\\\(|\\\[|\$\$|\\frac|\\mathrm/) || [])[0]; })()""")
        problems += [f"{name}: not drawn: {formula}" for formula in raw] + ([f"{name}: TeX in the text: {left}"] if left else [])
        for width, scheme in states(page):
            wide = page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                problems.append(f"{name}: {wide} px too wide at {width}, {scheme}")
            if pictures and name in PICTURES:
                page.screenshot(path=pictures / f"{name.split('?')[0].replace('/', '_')}_{width}_{scheme}.png")
    page.close()
    return problems


def check_search(browser, address):
    page, problems = browser.new_page(), []
    for words, expected in {**NAMES, **PHRASES}.items():
        page.goto(f"{address}search.html?q={urllib.parse.quote(words)}")
        page.wait_for_function("/\\d/.test(document.querySelector('.search-summary')?.textContent || '')", timeout=20_000)
        found = page.eval_on_selector_all("ul.search li > a", "links => links.map(l => l.href)")
        places = [i for i, link in enumerate(found) if link.startswith(address + expected)]
        if not places or places[0] >= 10:
            problems.append(f"search for {words!r}: {expected} is number {places[0] + 1 if places else 'none'} of {len(found)}")
    page.close()
    return problems


def check_live(browser, address, pictures):
    """The page that trains: its loss, in time, and that the density is drawn while the page goes on answering."""
    page, problems = browser.new_page(), []
    page.set_viewport_size({"width": 1280, "height": 900})
    start = time.monotonic()
    page.goto(f"{address}live.html")
    live = page.locator("#live")
    state = "document.getElementById('live').dataset"
    page.wait_for_function(f"['done', 'failed'].includes({state}.state) || {state}.loss < {LIVE_LOSS}", timeout=60_000)
    if live.get_attribute("data-state") == "failed":
        return [f"live.html: {page.locator('#live-line').text_content()}"]
    loss, seconds = float(live.get_attribute("data-loss")), time.monotonic() - start
    if not (0.28 < loss < LIVE_LOSS and seconds < LIVE_SECONDS):
        problems.append(f"live.html: held-out loss {loss:.4f} after {seconds:.1f} s")
    page.wait_for_function(f"{state}.state === 'done'", timeout=60_000)
    print(f"live.html: held-out loss {loss:.4f} nats after {seconds:.1f} s, in the end "
          f"{float(live.get_attribute('data-loss')):.4f} after {float(live.get_attribute('data-seconds')):.1f} s")
    opaque = page.evaluate("""(() => { const canvas = document.getElementById('live-density');
        const alpha = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter((_, i) => i % 4 === 3);
        return alpha.filter((a) => a > 128).length / alpha.length; })()""")
    if not 0.01 < opaque < 0.3:
        problems.append(f"live.html: {opaque:.0%} of the density's picture are dark")
    if pictures:
        for width, scheme in states(page):
            page.screenshot(path=pictures / f"live_{width}_{scheme}.png")
    page.close()
    return problems


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--every", type=int, default=1, help="look at each Nth page of the reference and of the source only")
    arguments.add_argument("--pictures", type=Path, help="a folder for pictures of some pages")
    arguments = arguments.parse_args()
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)

    count, links, problems = check_links(HTML)
    print(f"{links} links of {count} pages: {len(problems)} problems", flush=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(HTML)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    version = next(p.name for p in sorted(HTML.iterdir(), reverse=True) if p.is_dir())
    address = f"http://127.0.0.1:{server.server_port}/{version}/"
    names = sorted(str(p.relative_to(HTML / version)) for p in (HTML / version).rglob("*.html"))
    many = [n for n in names if n.startswith(("reference/", "source/"))]
    looked_at = [n for n in names if n not in set(many)] + many[:: arguments.every]
    looked_at += [n for n in PICTURES if n not in looked_at]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        problems += check_pages(browser, address, looked_at, arguments.pictures)
        print(f"{len(looked_at)} pages in Chromium: {len(problems)} problems so far", flush=True)
        problems += check_search(browser, address)
        if "live.html" in names:
            problems += check_live(browser, address, arguments.pictures)
        browser.close()
    print("\n".join(problems) or f"nothing wrong; {len(NAMES)} names and {len(PHRASES)} phrases found")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
