"""Pages of the reference, one for each public name, from Doxygen's XML."""

import json
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from dataclasses import dataclass, field

import annotate

FOLDERS = {
    "flows": "Whole flows by name, and parts whose type is decided at run time",
    "bijectors": "Maps between noise and data",
    "transformers": "Monotone maps of one coordinate",
    "conditioners": "Networks",
    "distributions": "Densities",
    "training": "Losses, optimizers, fit",
    "distributed": "Training by the processes of an MPI job",
    "signals": "Events with a shape: images and sounds",
    "inference": "Energies, weights, Markov chains, stochastic flows, posteriors of simulators",
    "datasets": "Data and simulators with exact answers",
    "io": "Files; these headers are included one by one",
    "core": "What the other folders stand on",
    "numerics": "Numbers: packets, random bits, quadrature",
}


@dataclass
class Entity:
    name: str  # with namespaces, without bijou::
    kind: str
    header: str
    line: int
    brief: str
    directives: list = field(default_factory=list)

    @property
    def page(self):
        return "reference/" + self.name.replace("::", "/")

    @property
    def folder(self):
        parts = self.header.split("/")
        return parts[1] if len(parts) > 2 else "core"


def text_of(element):
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip() if element is not None else ""


def first_sentence(description):
    """Of the first paragraph; formulas as they are."""
    paragraph = description.find("para") if description is not None else None
    if paragraph is None:
        return ""
    parts = [paragraph.text or ""]
    for child in paragraph:
        if child.tag == "formula":
            formula = (child.text or "").strip()
            if formula.startswith("\\["):
                break
            parts.append(f":math:`{formula.strip('$').strip()}`")
        elif child.tag in ("programlisting", "table", "itemizedlist"):
            break
        elif child.tag == "computeroutput":
            parts.append(f"``{text_of(child)}``")
        else:
            parts.append(escape("".join(child.itertext())))
        parts.append(escape(child.tail or ""))
    parts[0] = escape(parts[0])
    text = re.sub(r"\s+", " ", "".join(parts)).strip()
    found = re.match(r"(.*?(?<![ (]al)(?<!i\.e)(?<!e\.g)(?<!eq)[.])(?: |$)", text)
    return (found[1] if found else text.rstrip(":")).rstrip(".") + "."


def escape(text):
    return re.sub(r"([*`_|\\])", r"\\\1", text)


def title(name):
    return name.replace("<", "\\<")


def flat_line(match):
    text = re.sub(r"</?(highlight|ref)\b[^>]*>", "", match[0])
    return f'<highlight class="normal">{text}</highlight>'


def clean(xml):
    """Takes out what Sphinx cannot follow or parse: links to files, designated initializers."""
    for path in xml.glob("*.xml"):
        text = path.read_text()
        text = re.sub(r'<ref refid="(?:\w*_8hpp|\w*_1_1detail_1_1)\w*"[^>]*>(.*?)</ref>', r"\1", text)
        # Breathe loses spaces that stand between two elements.
        text = re.sub(r"(?<=<codeline>).*?(?=</codeline>)", flat_line, text)
        text = re.sub(r' *<(base|derived)compoundref refid="\w*_1_1detail_1_1.*\n', "", text)
        text = re.sub(r"<initializer>(= *)?\{ *\..*?</initializer>", "", text)
        # Doxygen asks for a comment of each constructor, for which the type's speaks; and who reads needs no "inline".
        text = re.sub(f"<para>{re.escape(annotate.CONSTRUCTOR)} *</para>", "", text)
        path.write_text(text.replace('inline="yes"', 'inline="no"'))


def read_entities(xml):
    index = ET.parse(xml / "index.xml").getroot()
    compounds = {c.findtext("name"): c for c in index.findall("compound") if c.get("kind") not in ("file", "dir")}
    classes = {n for n, c in compounds.items() if c.get("kind") in ("class", "struct")}
    entities = {}

    def short(name):
        return name.removeprefix("bijou::")

    def nested(name):
        parent = name.rsplit("::", 1)[0]
        return parent in classes or "<" in name

    for name, compound in compounds.items():
        kind = compound.get("kind")
        if kind not in ("class", "struct", "concept") or not name.startswith("bijou::") or "detail::" in name:
            continue
        if nested(name):  # a partial specialization among these: the template's comment is for both
            continue
        definition = ET.parse(xml / f"{compound.get('refid')}.xml").getroot().find("compounddef")
        location = definition.find("location")
        brief = first_sentence(definition.find("briefdescription")) or first_sentence(definition.find("detaileddescription"))
        options = "" if kind == "concept" else "   :members:\n"
        entities[short(name)] = Entity(short(name), kind, location.get("file"), int(location.get("line")), brief,
                                       [f".. doxygen{kind}:: {name}\n{options}"])

    for name, compound in compounds.items():
        if compound.get("kind") != "namespace" or not name.startswith("bijou") or "detail" in name:
            continue
        namespace = ET.parse(xml / f"{compound.get('refid')}.xml").getroot().find("compounddef")
        members = defaultdict(list)
        for member in namespace.iter("memberdef"):
            arguments = member.findtext("argsstring") or ""
            plain = re.sub(r"\s*<.*", "", member.findtext("name")) if not member.findtext("name").startswith("operator") \
                else member.findtext("name")
            if "->" in arguments and f"{name}::{plain}" in classes:
                continue  # a deduction guide
            members[plain].append(member)
        for plain, definitions in members.items():
            full = f"{name}::{plain}"
            first = min(definitions, key=lambda d: d.find("location").get("file").startswith("bijou/distributed/"))
            kind = {"typedef": "alias"}.get(first.get("kind"), first.get("kind"))
            location = first.find("location")
            brief = first_sentence(first.find("briefdescription")) or first_sentence(first.find("detaileddescription"))
            directive = f".. bijou-members:: {full}\n"
            if short(full) in entities:  # a function beside a type of the same name
                entities[short(full)].directives.append(directive)
                continue
            page_name = short(full).replace("operator<<", "operator_print").replace("operator", "operator_") \
                if plain.startswith("operator") else short(full)
            entities[short(full)] = Entity(page_name, kind, location.get("file"), int(location.get("line")), brief, [directive])
    return entities


def write_pages(xml, source):
    """Returns what the extension needs: the page of each name."""
    clean(xml)
    entities = read_entities(xml)
    folders = defaultdict(list)
    for name, entity in sorted(entities.items(), key=lambda item: item[0].lower()):
        folders[entity.folder].append((name, entity))
        path = source / f"{entity.page}.rst"
        path.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * entity.page.count("/")
        header = entity.header
        # Orphans, since a list of all of them in the sidebar of each would take more than the rest of the site.
        path.write_text(
            f":orphan:\n\n{escape(name)}\n{'=' * (len(name) + 10)}\n\n.. rst-class:: entity\n\n"
            f":doc:`{entity.folder} </reference/{entity.folder}>` · {entity.kind} · ``#include <{header}>`` · "
            f"`line {entity.line} <{up}source/{header}.html#L{entity.line}>`__\n\n" + "\n".join(entity.directives)
        )
    (source / "reference").mkdir(exist_ok=True)
    titles = []
    for folder, about in FOLDERS.items():
        lines = [folder, "=" * len(folder), "", about + ".", "", ".. list-table::", "   :class: names", ""]
        for name, entity in folders[folder]:
            lines += [f"   * - :doc:`{title(name)} </{entity.page}>`", f"     - {entity.brief}"]
        (source / "reference" / f"{folder}.rst").write_text("\n".join(lines) + "\n")
        titles.append((folder, about, len(folders[folder])))
    lines = ["Reference", "=========", "",
             f"All {len(entities)} public types, aliases, concepts and functions, by the folder of their header. "
             "What is in a namespace ``detail`` is not public.", "", ".. list-table::", ""]
    for folder, about, count in titles:
        lines += [f"   * - :doc:`{folder} </reference/{folder}>`", f"     - {about}", f"     - {count}"]
    lines += ["", ".. toctree::", "   :hidden:", ""] + [f"   {folder}" for folder, _, _ in titles]
    (source / "reference" / "index.rst").write_text("\n".join(lines) + "\n")
    names = {name: entity.page for name, entity in entities.items()}
    (source / "names.json").write_text(json.dumps(names))
    return entities
