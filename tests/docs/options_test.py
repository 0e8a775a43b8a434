# SPDX-License-Identifier: Apache-2.0
"""Every command and option that a document names exists: in the blocks that are not run, in running text, and in the table
of docs/command-line.md. And every page leads to the glossary.

usage: options_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import functools
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import PROGRAM, SOURCE, main, waferloom  # noqa: E402

DOCUMENTS = sorted([SOURCE / "README.md", *(SOURCE / "docs").glob("*.md")])
SPAN = re.compile(r"`([^`\n]+)`")
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*|-[a-z])(?![\w-])")


@functools.lru_cache(maxsize=None)
def help_of(*words):
    """The help of a command, or None where there is none of this name."""
    done = subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout if done.returncode == 0 else None


@functools.lru_cache(maxsize=None)
def commands():
    return set(re.findall(r"^  ([a-z]+) ", waferloom("--help").partition("COMMANDS:")[2] or waferloom("--help"), re.MULTILINE))


def uses(text):
    """[what stands behind `waferloom`] in spans of code and in blocks of commands."""
    found = [span.removeprefix("waferloom ") for span in SPAN.findall(text) if span.startswith("waferloom ")]
    for block in re.findall(r"^ *```(?:console|sh)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        lines = block.replace("\\\n", " ").splitlines()
        found += [line.strip().removeprefix("waferloom ").partition(" # ")[0] for line in lines if line.strip().startswith("waferloom ")]
    return found


def rows_of_commands(text):
    """The first cells of the table of commands."""
    return [span for line in text.splitlines() if line.startswith("| `") for span in SPAN.findall(line.replace("\\|", "/").split("|")[1])
            if span.split()[0] in commands()]


class Options(unittest.TestCase):
    def check(self, where, use):
        words = use.split()
        if not words or not words[0].isalpha() or words[0].isupper():
            return
        self.assertIn(words[0], commands(), f"{where}: waferloom {use}")
        path = words[:1]
        if len(words) > 1 and words[1].isalpha() and help_of(words[0], words[1]) not in (None, help_of(words[0])) and \
                re.search(rf"^  {words[1]} ", help_of(words[0]), re.MULTILINE):
            path = words[:2]
        known = set(OPTION.findall(help_of(*path)) + OPTION.findall(waferloom("--help")))
        # What a program behind the command gets is not the command's.
        named = set(OPTION.findall(re.split(r"[|;&>]", use)[0]))
        self.assertEqual(set(), named - known, f"{where}: waferloom {use}")

    def test_commands_and_options_that_documents_name_exist(self):
        count = 0
        for path in DOCUMENTS:
            text = path.read_text(encoding="utf-8")
            listed = rows_of_commands(text) if path.name == "command-line.md" else []
            for use in uses(text) + listed:
                with self.subTest(f"{path.name}: {use}"):
                    self.check(path.name, use)
                    count += 1
        self.assertGreater(count, 100)

    def test_pages_lead_to_the_glossary(self):
        self.assertEqual([], [path.name for path in DOCUMENTS if path.name != "glossary.md" and "glossary.md" not in path.read_text(encoding="utf-8")])


if __name__ == "__main__":
    main()
