"""Builds the site: python docs/site/build.py, from the environment that cmake/debian.sh makes."""

import argparse
import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import annotate
import live
import pages
import reference

SITE = Path(__file__).resolve().parent
ROOT = SITE.parents[1]


def doxygen(build, warn_as_error):
    """The log of warnings, with the headers' own paths."""
    headers, output = build / "headers", build / "doxygen"
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    environment = dict(os.environ, SITE_HEADERS=str(headers), SITE_DOXYGEN=str(output), SITE_WARN_AS_ERROR=warn_as_error)
    done = subprocess.run(["doxygen", str(SITE / "Doxyfile")], env=environment, check=False)
    return done.returncode, (output / "warnings.txt").read_text()


def make_xml(build):
    headers = build / "headers"
    annotate.copy_headers(ROOT / "include", headers)
    _, warnings = doxygen(build, "NO")
    count = annotate.annotate(headers, warnings)
    print(f"{count} declarations described by the concepts or by an ordinary comment")
    status, warnings = doxygen(build, "FAIL_ON_WARNINGS")
    if status != 0 or warnings:
        sys.exit(warnings.replace(f"{headers}/", "include/") + "docs/site: Doxygen's warnings are errors")


def version():
    number = int(re.search(r"BIJOU_VERSION (\d+)", (ROOT / "include/bijou/version.hpp").read_text())[1])
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def copy_katex(static):
    """KaTeX and its fonts, of Debian's packages libjs-katex and fonts-katex."""
    katex = Path("/usr/share/javascript/katex")
    if not katex.exists():
        sys.exit("docs/site: KaTeX is missing; on Debian: apt-get install libjs-katex")
    (static / "fonts").mkdir(parents=True)
    for name in ("katex.min.css", "katex.min.js"):
        shutil.copyfile(katex / name, static / name)
    for font in (katex / "fonts").glob("*.woff2"):
        shutil.copyfile(font, static / "fonts" / font.name)


def add_live_page(build, source):
    static, code = source / "_static" / "live", source / "live_source"
    static.mkdir()
    code.mkdir()
    shutil.copy(live.make_wasm(build / "live"), static)
    for name in ("page.js", "worker.js"):
        shutil.copy(SITE / "live" / name, static)
    shutil.copy(SITE / "live" / "two_moons.cpp", code)
    shutil.copy(SITE / "live" / "live.md", source)
    index = source / "index.md"
    index.write_text(index.read_text().replace("\ngallery/index\n", "\ngallery/index\nlive\n")
                     .replace("\n- [Reference]", "\n- [Live](/live.md): two moons, trained in your browser\n- [Reference]"))


def make_source(build, with_live):
    source = build / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(SITE, source, ignore=shutil.ignore_patterns("__pycache__", "Doxyfile", "*.txt", "live"))
    if with_live:
        add_live_page(build, source)
    copy_katex(source / "_static" / "katex")
    entities = reference.write_pages(build / "doxygen" / "xml", source)
    (source / "pictures").mkdir()
    shutil.copyfile(ROOT / "docs/two_moons.png", source / "pictures/two_moons.png")
    linked = pages.write_pages(ROOT, source, SITE / "gallery")
    headers = sorted({f"include/{e.header}" for e in entities.values()} | linked)
    (source / "site.json").write_text(
        json.dumps({"root": str(ROOT), "version": version(), "xml": str(build / "doxygen" / "xml"), "sources": headers})
    )
    return source


def sphinx(source, output):
    shutil.rmtree(output, ignore_errors=True)  # no page stays of what is gone
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-j", "auto", "-b", "html"]
    done = subprocess.run([*command, "-d", str(source.parent / "doctrees"), str(source), str(output)], check=False)
    if done.returncode != 0:
        sys.exit("docs/site: Sphinx's warnings are errors")


def processor():
    lines = dict(re.findall(r"^(.*?)\s*: (.*)$", Path("/proc/cpuinfo").read_text().split("\n\n")[0], re.M))
    name = re.sub(r"\(R\)|\(TM\)", "", lines["model name"])
    return f"{name}, family {lines['cpu family']}, model {lines['model']}"


def write_inputs(folder):
    """What score and density_estimation read; the second from the command in its guide."""
    (folder / "events.csv").write_text("x,y\n0,1\n1,-0.5\n0.5,0.25\n3,3\n")
    guide = (ROOT / "docs/density_estimation.md").read_text()
    command = re.search(r"^    awk 'BEGIN.*?tracks\.csv$", guide, re.M | re.S)[0]
    subprocess.run(["sh", "-c", command], cwd=folder, check=True)


def record_examples(programs, names, limit):
    """Runs the examples, and keeps for the gallery what they print and how much time of a processor they take."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    for _, name, _, _, arguments in pages.EXAMPLES:
        if (names and name not in names) or not (programs / name).exists():
            continue
        with tempfile.TemporaryDirectory() as folder:
            write_inputs(Path(folder))
            filled = [a.format(folder=folder, examples=ROOT / "examples") for a in arguments]
            before = used()
            try:
                run = subprocess.run([programs / name, *filled], cwd=folder, capture_output=True, text=True, check=True, timeout=limit)
            except subprocess.TimeoutExpired:
                print(f"{name}: not within {limit} s, left as it is", flush=True)
                continue
            seconds = used() - before
        shown = [Path(a).name if a.startswith(str(ROOT)) else a.replace(folder, "output") for a in filled]
        record = {"command": shlex.join([name, *shown]), "output": run.stdout.replace(folder, "output"),
                  "seconds": round(seconds, 2), "processor": processor(), "commit": commit}
        (SITE / "gallery" / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
        print(f"{name}: {seconds:.1f} s", flush=True)


def write_versions(html):
    """versions.json beside the folders of the releases, newest first, and a first page that leads to the newest."""
    versions = [p.name for p in html.iterdir() if (p / "index.html").exists()]
    versions.sort(key=lambda v: [int(n) for n in re.findall(r"\d+", v)], reverse=True)
    (html / "versions.json").write_text(json.dumps(versions))
    (html / "index.html").write_text(
        f'<!doctype html><meta charset="utf-8"><title>bijou</title><meta http-equiv="refresh" content="0; url={versions[0]}/">'
        f'<link rel="icon" href="data:,"><a href="{versions[0]}/">bijou {versions[0]}</a>'
    )


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--with-examples", type=Path, metavar="FOLDER", help="run the examples built in this folder first")
    arguments.add_argument("--only", nargs="+", metavar="NAME", help="these of the examples")
    arguments.add_argument("--limit", type=int, default=600, metavar="SECONDS", help="for each example")
    arguments.add_argument("--live", action="store_true", help="with the page that trains in the browser, see live.py")
    arguments = arguments.parse_args()
    if arguments.with_examples:
        record_examples(arguments.with_examples.resolve(), arguments.only, arguments.limit)
    start = time.monotonic()
    build = ROOT / "build" / "site"
    make_xml(build)
    source = make_source(build, arguments.live)
    html = build / "html"
    sphinx(source, html / version())
    write_versions(html)
    print(f"{html / version() / 'index.html'} after {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
