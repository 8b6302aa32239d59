"""Pages made of what the repository has already: its documents, whole or by section, its examples, its error messages."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

# Where a document, or a section of one, stands on the site.
PLACES = {
    "README.md": "index",
    "README.md#conventions": "guides/first_flow",
    "README.md#measured": "guides/speed",
    "docs/types.md": "guides/types",
    "docs/conditional.md": "guides/conditional",
    "docs/training.md": "guides/training",
    "docs/own_parts.md": "guides/own_parts",
    "docs/files.md": "guides/files",
    "docs/density_estimation.md": "guides/your_data",
    "docs/inference.md": "guides/inference",
    "docs/several_machines.md": "guides/several_machines",
    "docs/packages.md": "guides/packages",
    "docs/policy.md": "policy",
    "docs/platforms.md": "guides/platforms",
    "docs/compile_times.md": "guides/compile_times",
    "docs/images.md": "guides/images",
    "docs/performance.md": "performance",
    "docs/design.md": "design",
    "CONTRIBUTING.md": "contributing",
    "CHANGELOG.md": "changelog",
}

# Name, source, picture, arguments by which it is run for the gallery.
EXAMPLES = [
    ("Two moons", "two_moons", "two_moons/main.cpp", "two_moons.png", ["--output", "{folder}"]),
    ("Six shapes", "toys", "toys.cpp", "toys.png", ["{folder}"]),
    ("Conditional densities", "conditional_density", "conditional_density.cpp", "conditional_density.png", ["{folder}"]),
    ("A first flow", "quickstart", "quickstart.cpp", None, []),
    ("A bijector of your own", "own_bijector", "own_bijector.cpp", None, []),
    ("A transformer of your own", "own_transformer", "own_transformer.cpp", None, []),
    ("Pieces of the guides: flows", "guide_flows", "guide_flows.cpp", None, []),
    ("Pieces of the guides: training", "guide_training", "guide_training.cpp", None, []),
    ("A flow of zuko, read", "from_python", "from_python/main.cpp", "from_python.png",
     ["{examples}/from_python/two_moons.safetensors", "{examples}/from_python/points.npy", "{folder}"]),
    ("Scoring a table", "score", "score.cpp", None,
     ["{examples}/from_python/two_moons.safetensors", "events.csv"]),
    ("Density estimation on a table", "density_estimation", "density_estimation/main.cpp", "density_estimation.png",
     ["tracks.csv", "--bounds", "length=0:", "--circular", "phi=0:360", "--context", "energy", "--samples", "1000", "--quiet"]),
    ("Variational inference", "variational_inference", "variational_inference.cpp", "variational_inference.png", ["{folder}"]),
    ("Importance sampling", "importance_sampling", "importance_sampling.cpp", "importance_sampling.png", ["{folder}"]),
    ("Glow on digits", "glow_digits", "glow_digits.cpp", "glow_digits.png", ["{folder}"]),
    ("FloWaveNet on speech", "flowavenet_speech", "flowavenet_speech.cpp", "flowavenet_speech.png", ["{folder}"]),
    ("Stochastic flows", "stochastic_flow", "stochastic_flow.cpp", "stochastic_flow.png", ["{folder}", "10", "300"]),
    ("Likelihood-free inference", "likelihood_free", "likelihood_free.cpp", "likelihood_free.png", ["{folder}"]),
    ("Several machines", "several_machines", "several_machines.cpp", None, []),
]


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def section(text, heading):
    """From this heading to the next of its level or above."""
    level = len(heading.split(" ")[0])
    lines = text.split("\n")
    begin = lines.index(heading)
    end, in_code = begin + 1, False
    while end < len(lines):
        in_code ^= lines[end].startswith("```")
        if not in_code and re.match(rf"#{{1,{level}}} ", lines[end]):
            break
        end += 1
    return "\n".join(lines[begin:end]).rstrip() + "\n"


class Pages:
    def __init__(self, root, source):
        self.root, self.source, self.linked = root, source, set()

    def target(self, document, link, page):
        """Where a relative link of a document leads from a page of the site: a link, or None if it stays as it is."""
        path, _, anchor = link.partition("#")
        file = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
        if file in PLACES:
            place = PLACES.get(f"{file}#{anchor}", PLACES[file])
            return f"/{place}.md" + (f"#{anchor}" if anchor else ""), False
        if file.endswith(".png"):
            (self.source / "pictures").mkdir(exist_ok=True)
            shutil.copyfile(self.root / file, self.source / "pictures" / Path(file).name)
            return f"/pictures/{Path(file).name}", False
        for _, name, path, _, _ in EXAMPLES:
            if file in (f"examples/{path}", f"examples/{name}"):
                return f"/gallery/{name}.md", False
        if file == "examples":
            return "/gallery/index.md", False
        if file == "examples/plots":
            return "/gallery/plots.md", False
        if (self.root / file).is_dir():
            raise SystemExit(f"{document}: links to {link}, a folder that no page shows")
        if not (self.root / file).is_file():
            raise SystemExit(f"{document}: links to {link}, which is no file")
        self.linked.add(file)
        return "../" * page.count("/") + f"source/{file.removeprefix('include/')}.html", True

    def rewritten(self, document, text, page):
        def replace(match):
            mark, label, link = match.groups()
            if re.match(r"\w+:", link) or link.startswith("/"):
                return match[0]
            target, is_source = self.target(document, link, page)
            if is_source:
                label = re.sub(r"`(.*?)`", r"<code>\1</code>", label)
                return f'<a class="reference internal" href="{target}">{label}</a>'
            return f"{mark}[{label}]({target})"

        parts = re.split(r"(^```.*?^```$|^    [^\n]*$)", text, flags=re.M | re.S)
        for i in range(0, len(parts), 2):
            parts[i] = re.sub(r"(!?)\[([^\[\]]*)\]\(([^()\s]+)\)", replace, parts[i])
        return "".join(parts)

    def fill(self):
        """Puts documents in the place of `<!-- include: docs/files.md ## Tables -->`."""
        for path in self.source.rglob("*.md"):
            page = str(path.relative_to(self.source).with_suffix(""))

            def include(match, page=page):
                document, heading = match[1], match[2].strip()
                text = (self.root / document).read_text()
                return self.rewritten(document, section(text, heading) if heading else text, page)

            path.write_text(re.sub(r"<!-- include: (\S+)(.*?) -->", include, path.read_text()))

    def gallery(self, records):
        folder = self.source / "gallery"
        folder.mkdir(exist_ok=True)
        cards, names = [], []  # pictures first
        for title, name, path, picture, _ in EXAMPLES:
            source = (self.root / "examples" / path).read_text()
            about = " ".join(line[3:] for line in re.match(r"((?://.*\n)*)", source)[1].splitlines())
            text = [f"# {title}", "", about, ""]
            if picture:
                target, _ = self.target("examples/x", f"../docs/{picture}", f"gallery/{name}")
                text += [f"![{title}]({target})", ""]
                cards += [f"[![{title}]({target})](/gallery/{name}.md)", "", f"[{title}](/gallery/{name}.md)", ""]
            record = records / f"{name}.json"
            if not record.exists():
                sys.exit(f"{record}: missing; docs/site/build.py --with-examples FOLDER --only {name} makes it")
            run = json.loads(record.read_text())
            text += [f"`{run['command']}` took {run['seconds']:.1f} s of one core ({run['processor']}; commit {run['commit']}), and printed:",
                     "", "```text", run["output"].rstrip(), "```", ""]
            files = [path]
            if "/" in path:
                files += sorted(str(p.relative_to(self.root / "examples")) for p in (self.root / "examples" / path).parent.iterdir()
                                if p.suffix in (".cpp", ".hpp", ".py") and p.name != "main.cpp")
            for file in files:
                language = "python" if file.endswith(".py") else "cpp"
                text += [f"## {file}", "", f"```{{literalinclude}} /examples/{file}", f":language: {language}", "```", ""]
            (folder / f"{name}.md").write_text("\n".join(text))
            names.append(name)
        self.plots(folder)
        others = [f"- [{t}](/gallery/{n}.md)" for t, n, _, picture, _ in EXAMPLES if not picture]
        (folder / "index.md").write_text(
            "# Gallery\n\nOne page for each program of the folder `examples`, which the tests compile and run. Times are those of the "
            "processor; seconds that a program prints are of the clock, on a machine with other work.\n\n"
            + "\n".join(cards) + "\n\nWithout a picture:\n\n" + "\n".join(others)
            + "\n\n[The scripts](/gallery/plots.md) for gnuplot that draw the pictures.\n"
            + "\n```{toctree}\n:hidden:\n:titlesonly:\n" + "\n".join([*names, "plots"]) + "\n```\n"
        )

    def plots(self, folder):
        """The scripts that draw the pictures, with links to their text."""
        text = ["# Scripts of the pictures", "", "The programs write tables, and call gnuplot with these scripts.", ""]
        for path in sorted((self.root / "examples/plots").glob("*.gp")):
            file = str(path.relative_to(self.root))
            target, _ = self.target("gallery", file, "gallery/plots")
            text.append(f'- <a class="reference internal" href="{target}">{path.name}</a>')
        (folder / "plots.md").write_text("\n".join(text) + "\n")

    def compile_errors(self):
        """The sentences that the compiler says, from the tests that provoke them."""
        rows = []
        for path in sorted((self.root / "tests/compile_fail").glob("*.cpp")):
            lines = path.read_text().splitlines()
            expected = re.sub(r"\\(.)", r"\1", re.sub(r"^// expect: ", "", lines[0])).replace(".*", "…")
            expected = re.sub(r"(?<=[ \w])\.([\w, ]+)\.(?= |$)", r"(\1)", expected)  # a parenthesis, to CMake
            provoked = "\n".join(lines)
            wrong = re.search(r"#ifdef BIJOU_EXPECT_ERROR\n(.*?)#(?:else|endif)", provoked, re.S)
            right = re.search(r"#else\n(.*?)#endif", provoked, re.S)
            rows.append((path.stem.replace("_", " "), expected, wrong[1] if wrong else "", right[1] if right else ""))
        text = []
        for name, expected, wrong, right in rows:
            text += [f"### {name[0].upper()}{name[1:]}", "", "```text", expected, "```", ""]
            if wrong.strip():
                text += ["Refused:", "", "```cpp", dedent(wrong), "```", ""]
            if right.strip():
                text += ["Taken:", "", "```cpp", dedent(right), "```", ""]
        return "\n".join(text)

    def thrown_errors(self):
        """The pieces of the messages that are thrown, by the header that throws them."""
        rows = {}
        for path in sorted((self.root / "include").rglob("*.hpp")):
            name = str(path.relative_to(self.root / "include"))
            code = re.sub(r"^[ \t]*//.*$", "", path.read_text(), flags=re.M)
            blank = re.sub(r'"(?:[^"\\]|\\.)*"', lambda text: "_" * len(text[0]), code)  # no parentheses in strings
            has_check = "const auto check = [](bool good, const char* expected" in code  # a require_option of its caller
            for match in re.finditer(r"\b(check|throw_invalid_argument|throw_file_error|require_at_least|require_option|require_size|raise|"
                                     r"diverge|abort|return joined)\(", code):
                depth, end = 1, match.end()
                while depth and end < len(code):
                    depth += {"(": 1, ")": -1}.get(blank[end], 0)
                    end += 1
                texts = [t.replace('\\"', '"') for t in re.findall(r'"((?:[^"\\]|\\.)*)"', code[match.end():end - 1])]
                if name.endswith("core/errors.hpp") or not re.search(r"\w", "".join(texts)):
                    continue
                kind = match[1]
                if kind == "check":
                    if not has_check:
                        continue
                    kind = "require_option"
                if kind == "require_size":
                    message = "expected " + " … ".join(texts[-1:]) + " of size …, got …"
                elif kind == "require_at_least":
                    message = f"expected {texts[-1]} of at least …, got …"
                elif kind == "require_option":
                    if not texts[-1:] or " " not in texts[-1]:  # of a caller's, who says what is expected
                        continue
                    message = f"expected {texts[-1]}, got …"
                else:
                    message = re.sub(r"\s+", " ", " … ".join(t.strip() for t in texts))
                if len(re.findall(r"[a-z]{2,}", message)) < 3 or "constexpr" in message:
                    continue  # a piece that other messages are made with, or of a program that is written
                line = code[: match.start()].count("\n") + 1
                rows.setdefault(name, {}).setdefault(message, line)
        text = []
        for name, messages in rows.items():
            self.linked.add(f"include/{name}")
            items = [f'- <a class="reference internal" href="../source/{name}.html#L{line}">line {line}</a>: `` {m} ``' for m, line in messages.items()]
            text += [f"### {name.removeprefix('bijou/')}", "", *items, ""]
        return "\n".join(text)


def dedent(code):
    import textwrap
    return textwrap.dedent(code).strip("\n")


def copy_examples(root, target):
    """Without the lines that mark fragments."""
    for path in (root / "examples").rglob("*.[chp][pyp]*"):
        copy = target / path.relative_to(root / "examples")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(re.sub(r"^ *// \[\w+\]\n", "", path.read_text(), flags=re.M))
    shutil.copyfile(root / "CITATION.cff", target / "CITATION.cff")


def write_pages(root, source, records):
    """Returns the files of the repository that the pages link to."""
    pages = Pages(root, source)
    copy_examples(root, source / "examples")
    errors = source / "guides" / "errors.md"
    errors.write_text(errors.read_text().replace("<!-- compile errors -->", pages.compile_errors())
                      .replace("<!-- thrown errors -->", pages.thrown_errors()))
    pages.fill()
    pages.gallery(records)
    return pages.linked
