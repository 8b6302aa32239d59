"""Builds the site: python docs/site/build.py, from the environment that cmake/debian.sh makes."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import annotate

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


if __name__ == "__main__":
    make_xml(ROOT / "build" / "site")
