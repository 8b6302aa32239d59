#!/usr/bin/env python3
"""Writes bijou as one header, or a program with all that it takes from bijou as one file.

    single_header.py build/bijou_single.hpp
    single_header.py build/one_file.cpp --program program.cpp

Every header of bijou is inlined once, after those that it includes; lines are not changed. What comes from elsewhere is
included once, at the top; an include between #if and #endif stays where it is.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
LANGUAGE = "bijou/core/language.hpp"  # refuses an older standard, so it comes before any include


class SingleFile:
    """The bodies of headers in the order of their dependencies, and the includes that they need from elsewhere."""

    def __init__(self):
        self.bodies = {}  # name of a header: its lines
        self.outside = set()
        self._being_read = []

    def add_header(self, name):
        if name in self._being_read:
            sys.exit(f"single_header.py: headers include each other: {' '.join([*self._being_read, name])}")
        if name not in self.bodies:
            self._being_read.append(name)
            lines = self.inline(INCLUDE / name)
            self._being_read.pop()
            self.bodies[name] = lines

    def inline(self, path):
        """The lines of a file without its includes, which are added to this before."""
        lines = []
        depth = 0  # of #if
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.match(r"#\s*if", line):
                depth += 1
            elif re.match(r"#\s*endif", line):
                depth -= 1
            include = re.match(r"#\s*include\s*<([^>]+)>", line)
            if include and include[1].startswith("bijou/"):
                if depth:
                    sys.exit(f"{path}:{number}: a header of bijou between #if and #endif cannot be inlined once")
                self.add_header(include[1])
            elif include and not depth:
                self.outside.add(include[1])
            elif not re.match(r"#\s*pragma\s+once\b", line):
                lines.append(line)
        return lines

    def text(self):
        bodies = dict(self.bodies)
        language = bodies.pop(LANGUAGE, None)
        parts = [body_text(LANGUAGE, language)] if language else []
        parts.append("".join(f"#include <{name}>\n" for name in sorted(self.outside)))
        parts += [body_text(name, lines) for name, lines in bodies.items()]
        return "\n".join(parts)


def body_text(name, lines):
    return f"// <{name}>\n\n" + "\n".join(lines).strip("\n") + "\n"


def version():
    number = int(re.search(r"#define BIJOU_VERSION (\d+)", (INCLUDE / "bijou/version.hpp").read_text())[1])
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def head(what):
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").splitlines()
    lines = [f"bijou {version()}, {what}, written by cmake/packaging/single_header.py. It needs Eigen, 3.4 or newer.", ""]
    return "".join(f"// {line}".rstrip() + "\n" for line in lines + licence) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, help="a program, in place of <bijou/bijou.hpp>")
    options = parser.parse_args()

    single = SingleFile()
    if options.program:
        program = single.inline(options.program)
        text = head("the headers that a program includes") + single.text() + "\n" + body_text(options.program.name, program)
    else:
        single.add_header("bijou/bijou.hpp")
        guard = "BIJOU_SINGLE_HPP"
        text = head("all of <bijou/bijou.hpp> in one file") + f"#ifndef {guard}\n#define {guard}\n\n"
        text += single.text() + f"\n#endif  // {guard}\n"
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
