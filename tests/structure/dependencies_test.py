# SPDX-License-Identifier: Apache-2.0
"""Holds the sources against the dependency table of docs/architecture.md, which is read from there.

usage: dependencies_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import re
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv[2]).resolve()
# Not part of the program; they may use any of its folders.
UNRESTRICTED = {"tests", "bench", "examples"}
NOT_OURS = {"build", "runs", ".git"}
MOST_FILES = 28
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
SYSTEMC = re.compile(r"^(systemc(\.h)?|sysc/.*|tlm(\.h)?|tlm_utils/.*|tlm_core/.*)$")
ROW = re.compile(r"^\| `(?P<folder>[\w/]+)` \| (?P<allowed>[^|]*) \| (?P<systemc>yes|no|only [^|]*) \|$")


def read_table(document):
    """{folder: (folders it may include, files that may include SystemC: True for all, or their names)}"""
    table = {}
    for line in document.splitlines():
        row = ROW.match(line)
        if row:
            allowed = row["allowed"].strip()
            names = set() if allowed == "nothing" else set(re.findall(r"`([\w/]+)`", allowed))
            systemc = row["systemc"] == "yes" or frozenset(re.findall(r"`([^`]+)`", row["systemc"]))
            table[row["folder"]] = (names, systemc)
    return table


def room_of(name, table):
    """The row of the table that a path belongs to: its longest beginning that has one, or None."""
    parts = pathlib.PurePosixPath(name).parts[:-1]
    beginnings = ("/".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((beginning for beginning in beginnings if beginning in table), None)


def cpp_files(root, folder, table):
    """The sources of one row: those of its folder and of folders below that have no row of their own."""
    return sorted(path for path in (root / folder).rglob("*") if path.suffix in (".cpp", ".hpp", ".h")
                  and room_of(path.relative_to(root).as_posix(), table) == folder)


def carriers_of_systemc(root):
    """The project's headers that bring SystemC along, directly or through others."""
    includes = {}
    for path in root.rglob("*.hpp"):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] not in NOT_OURS:
            includes[name] = {match[1] for match in INCLUDE.findall(path.read_text(encoding="utf-8"))}
    found = {name for name, used in includes.items() if any(SYSTEMC.match(each) for each in used)}
    while True:
        more = {name for name, used in includes.items() if name not in found and used & found}
        if not more:
            return found
        found |= more


def include_violations(root, table):
    """One line per #include that the table forbids or that names nothing."""
    found = []
    carriers = carriers_of_systemc(root)
    for folder, (allowed, systemc) in table.items():
        for path in cpp_files(root, folder, table):
            name_of_path = path.relative_to(root).as_posix()
            may_use_systemc = systemc is True or name_of_path in systemc
            text = path.read_text(encoding="utf-8")
            for match in INCLUDE.finditer(text):
                quote, name = match.groups()
                where = f"{name_of_path}:{text.count(chr(10), 0, match.start(2)) + 1}"
                target = room_of(name, table)
                if (SYSTEMC.match(name) or name in carriers) and not may_use_systemc:
                    found.append(f"{where}: {folder} may not include SystemC, got {name}")
                elif quote == "<":
                    if target is not None and (root / name).exists():
                        found.append(f'{where}: the project\'s own headers are included as "{name}"')
                elif target is None:
                    found.append(f'{where}: expected a path from the top, "folder/file.hpp", got "{name}"')
                elif not (root / name).is_file():
                    found.append(f'{where}: "{name}" does not exist')
                elif target != folder and target not in allowed:
                    found.append(f'{where}: {folder} may not include {target}, got "{name}"')
    return found


def link_violations(root, table):
    """One line per library that a folder's CMakeLists.txt links against the table. A room's library has the room's name."""
    found = []
    rooms = {folder.split("/")[-1]: folder for folder in table}
    for folder, (allowed, systemc) in table.items():
        text = (root / folder / "CMakeLists.txt").read_text(encoding="utf-8")
        for name in re.findall(r"\bwaferloom_(\w+)\b", text):
            if name == "systemc":
                if systemc is not True and not any(file.endswith(".cpp") for file in systemc):
                    found.append(f"{folder}/CMakeLists.txt: {folder} may not link SystemC")
            elif name in rooms and rooms[name] != folder and rooms[name] not in allowed:
                found.append(f"{folder}/CMakeLists.txt: {folder} may not link {rooms[name]}")
    return found


def size_violations(root, table):
    """One line per folder that holds more than a tenth of the code or too many files. A tenth counts a folder with what
    is below it, unless that has rows of its own."""
    lines = {}
    files = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.suffix in (".cpp", ".hpp") and name.split("/")[0] not in NOT_OURS:
            count = path.read_text(encoding="utf-8").count("\n")
            folder = name.rsplit("/", 1)[0]
            lines[folder] = lines.get(folder, 0) + count
            files[folder] = files.get(folder, 0) + 1
    total = sum(lines.values())
    found = [f"{folder}: {count} files, expected at most {MOST_FILES}"
             for folder, count in sorted(files.items()) if count > MOST_FILES]
    for folder, count in sorted(lines.items()):
        if room_of(folder + "/x", table) is not None and count * 10 > total:
            found.append(f"{folder}: {count} of {total} lines, expected at most a tenth")
    return found


def header_violations(root):
    """Source files without their licence line, headers without their guard."""
    found = []
    patterns = ("*.cpp", "*.hpp", "*.py", "CMakeLists.txt", "*.cmake", "scripts/*", ".ci/*")
    files = {path for pattern in patterns for path in root.rglob(pattern) if path.is_file()}
    for path in sorted(files):
        name = path.relative_to(root)
        if name.parts[0] in ("build", "runs", ".git") or {"__pycache__", "node_modules"} & set(name.parts):
            continue
        text = path.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines()[:2] if not line.startswith("#!")]
        if not lines or not re.match(r"(//|#) SPDX-License-Identifier: Apache-2\.0$", lines[0]):
            found.append(f"{name}:1: expected the line `SPDX-License-Identifier: Apache-2.0`")
        if path.suffix == ".hpp" and "#pragma once" not in text:
            found.append(f"{name}: expected #pragma once")
    return found


def missing_paths(root, table):
    """One line per source or folder that a document names and that does not exist."""
    tops = {folder.split("/")[0] for folder in table}
    found = []
    for document in sorted([root / "README.md", *(root / "docs").glob("*.md")]):
        for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
            for name in re.findall(r"`((?:\w+/)+[\w.]*)`", line):
                if name.split("/")[0] in tops and not any((root / f"{name}{end}").exists()
                                                          for end in ("", ".hpp", ".cpp")):
                    found.append(f"{document.relative_to(root)}:{number}: {name} does not exist")
    return found


def cycle_in(table):
    """A folder that reaches itself through the table, or None."""
    def reachable(folder, seen):
        for other in table[folder][0]:
            if other not in seen:
                seen.add(other)
                reachable(other, seen)
        return seen
    return next((folder for folder in table if folder in reachable(folder, set())), None)


class TheTree(unittest.TestCase):
    def setUp(self):
        self.table = read_table((SOURCE / "docs" / "architecture.md").read_text(encoding="utf-8"))

    def test_the_table_is_complete(self):
        libraries = {path.parent.relative_to(SOURCE).as_posix() for pattern in ("*/CMakeLists.txt", "*/*/CMakeLists.txt")
                     for path in SOURCE.glob(pattern) if "add_subdirectory" not in path.read_text(encoding="utf-8")}
        folders = {name for name in libraries if name.split("/")[0] not in UNRESTRICTED | NOT_OURS}
        self.assertEqual(folders, set(self.table))
        for folder, (allowed, _) in self.table.items():
            self.assertLessEqual(allowed, set(self.table), folder)

    def test_the_table_points_one_way(self):
        self.assertIsNone(cycle_in(self.table))
        self.assertNotIn("pe", self.table["fabric"][0])
        self.assertNotIn("fabric", self.table["pe"][0])

    def test_the_fidelities_are_siblings(self):
        self.assertNotIn("wafer/burst", self.table["wafer/wavelet"][0])
        self.assertNotIn("wafer/wavelet", self.table["wafer/burst"][0])

    def test_what_documents_name_exists(self):
        self.assertEqual([], missing_paths(SOURCE, self.table))

    def test_no_folder_grows_too_large(self):
        self.assertEqual([], size_violations(SOURCE, self.table))

    def test_includes(self):
        self.assertEqual([], include_violations(SOURCE, self.table))

    def test_links(self):
        self.assertEqual([], link_violations(SOURCE, self.table))

    def test_licence_lines_and_guards(self):
        self.assertEqual([], header_violations(SOURCE))


class TheChecks(unittest.TestCase):
    """Each kind of violation is found in a small tree that has it."""

    TABLE = {"core": (set(), frozenset({"core/ramp.hpp"})), "trace": ({"core"}, frozenset()),
             "pe": ({"core"}, True), "fabric": ({"core"}, True)}

    def violations(self, files, check):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return check(root)

    def includes(self, files):
        return self.violations(files, lambda root: include_violations(root, self.TABLE))

    def test_a_sound_tree_passes(self):
        self.assertEqual([], self.includes({
            "core/a.hpp": "#include <vector>\n",
            "pe/b.cpp": '#include "pe/b.hpp"\n#include <systemc>\n#include "core/a.hpp"\n',
            "pe/b.hpp": ""}))

    def test_a_forbidden_include_is_found_with_its_line(self):
        found = self.includes({"pe/a.cpp": '\n#  include "fabric/b.hpp"\n', "fabric/b.hpp": ""})
        self.assertEqual(['pe/a.cpp:2: pe may not include fabric, got "fabric/b.hpp"'], found)

    def test_systemc_where_it_may_not_be_is_found(self):
        for name in ("systemc", "systemc.h", "tlm", "tlm_utils/simple_target_socket.h", "sysc/kernel/sc_time.h"):
            self.assertEqual(1, len(self.includes({"core/a.cpp": f"#include <{name}>\n"})), name)

    def test_systemc_behind_another_header_is_found(self):
        found = self.includes({"pe/a.hpp": "#include <systemc>\n", "pe/b.hpp": '#include "pe/a.hpp"\n',
                               "core/c.cpp": '#include "pe/b.hpp"\n'})
        self.assertEqual(["core/c.cpp:1: core may not include SystemC, got pe/b.hpp"], found)

    def test_a_room_within_a_folder_has_rules_of_its_own(self):
        table = {"core": (set(), frozenset()), "wafer/a": ({"core"}, frozenset()), "wafer/b": ({"wafer/a"}, frozenset())}
        files = {"wafer/a/x.hpp": '#include "wafer/b/y.hpp"\n', "wafer/b/y.hpp": '#include "wafer/a/x.hpp"\n',
                 "wafer/b/deep/z.hpp": '#include "core/c.hpp"\n', "core/c.hpp": ""}
        found = self.violations(files, lambda root: include_violations(root, table))
        self.assertEqual(['wafer/a/x.hpp:1: wafer/a may not include wafer/b, got "wafer/b/y.hpp"',
                          'wafer/b/deep/z.hpp:1: wafer/b may not include core, got "core/c.hpp"'], found)

    def test_a_folder_that_is_too_large_is_found(self):
        files = {f"pe/a{number}.hpp": "//\n" for number in range(MOST_FILES + 1)}
        found = self.violations(files, lambda root: size_violations(root, self.TABLE))
        self.assertEqual(2, len(found), found)

    def test_the_one_header_that_may_use_systemc_counts_as_systemc(self):
        header = {"core/ramp.hpp": "#include <systemc>\n"}
        use = '#include "core/ramp.hpp"\n'
        self.assertEqual([], self.includes({**header, "pe/a.cpp": use, "fabric/a.cpp": use}))
        self.assertEqual(2, len(self.includes({**header, "core/a.cpp": use, "trace/a.cpp": use})))

    def test_a_missing_or_relative_include_is_found(self):
        found = self.includes({"core/a.cpp": '#include "core/b.hpp"\n#include "c.hpp"\n', "core/c.hpp": ""})
        self.assertEqual(2, len(found), found)

    def test_a_forbidden_library_is_found(self):
        files = {f"{folder}/CMakeLists.txt": "" for folder in self.TABLE}
        files["core/CMakeLists.txt"] = "waferloom_library(core LIBRARIES waferloom_pe waferloom_systemc)"
        found = self.violations(files, lambda root: link_violations(root, self.TABLE))
        self.assertEqual(2, len(found), found)

    def test_a_missing_licence_line_or_guard_is_found(self):
        found = self.violations({"core/a.hpp": "int a;\n", "scripts/b": "#!/bin/sh\ntrue\n"}, header_violations)
        self.assertEqual(3, len(found), found)

    def test_a_name_without_a_file_is_found(self):
        files = {"README.md": "", "docs/a.md": "see `core/b` and `core/c`, `core/` and `other/d`\n", "core/b.hpp": ""}
        found = self.violations(files, lambda root: missing_paths(root, self.TABLE))
        self.assertEqual(["docs/a.md:1: core/c does not exist"], found)

    def test_a_cycle_is_found(self):
        self.assertIsNone(cycle_in(self.TABLE))
        self.assertEqual("a", cycle_in({"a": ({"b"}, True), "b": ({"a"}, True)}))

    def test_a_row_is_read(self):
        rows = "| `a` | `b`, `c` | no |\n| `b` | nothing | yes |\n| `c` | `b` | only `c/d.hpp` |\n| Folder | x | no |\n"
        self.assertEqual({"a": ({"b", "c"}, frozenset()), "b": (set(), True), "c": ({"b"}, frozenset({"c/d.hpp"}))},
                         read_table(rows))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
