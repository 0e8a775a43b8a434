# SPDX-License-Identifier: Apache-2.0
"""Runs the commands that the documents show, so that they stay true.

Every ```sh block of README.md and docs/*.md is run by bash, which stops at the first failure. The blocks of one
document run in order, in a copy of the checkout without its builds, with `waferloom` on the PATH. Other
blocks (```console for commands that set up or build, ```text, ```yaml ...) are not run.

Figures in the documents are held by what the program writes: a ```text block behind the line `<!-- output -->` is part of
what the ```sh block before it printed, one behind `<!-- output of: COMMAND -->` of what COMMAND prints. Its lines stand
there in this order; `...` stands for any lines between.

usage: commands_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, PROGRAM, SOURCE, main  # noqa: E402

FENCE = re.compile(r"^ *```(\w*) *$")
OUTPUT = re.compile(r"^ *<!-- output(?: of: (.*))? -->$")
TIMEOUT_SECONDS = 120


def blocks(text, language="sh"):
    """[(first line's number, code)] of the fenced blocks in `language`."""
    found, start, lines = [], None, []
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if start is None and fence:
            start, wanted, lines = number + 1, fence[1] == language, []
        elif start is not None and fence and not fence[1]:
            if wanted:
                found.append((start, "\n".join(lines) + "\n"))
            start = None
        elif start is not None:
            lines.append(line)
    return found


def outputs(text):
    """{number of a text block's first line: the command whose output it is, or None: of the sh block before it}"""
    lines = text.splitlines()
    return {number + 2: match[1] for number, line in enumerate(lines, 1) if (match := OUTPUT.match(line))}


def missing_line(shown, printed):
    """The first line of `shown` that `printed` does not have behind those before it, or None."""
    left = iter([line.rstrip() for line in printed.splitlines()])
    anywhere = True
    for line in map(str.rstrip, shown.splitlines()):
        if line.strip() == "...":
            anywhere = True
        elif anywhere:
            if line not in left:  # goes on behind the line where it is found
                return line
            anywhere = False
        elif next(left, None) != line:
            return line
    return None


class Commands(InDirectory):
    def copy_of_checkout(self):
        copy = self.top / "waferloom"
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("build", "runs", ".git", "__pycache__", "node_modules"))
        return copy

    def run_blocks(self, document):
        environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
        text = document.read_text(encoding="utf-8")
        commands = [(line, code, None) for line, code in blocks(text)]
        shown = dict(blocks(text, "text"))
        for line, command in outputs(text).items():
            self.assertIn(line, shown, f"{document.name}:{line}: expected a text block behind `<!-- output -->`")
            commands.append((line, command and command + "\n", shown[line]))
        if not commands:
            return
        copy = self.copy_of_checkout()
        printed = ""
        for line, code, output in sorted(commands, key=lambda each: each[0]):
            with self.subTest(f"{document.relative_to(SOURCE)}:{line}"):
                if code is not None:
                    done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], cwd=copy, env=environment, text=True,
                                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                          timeout=TIMEOUT_SECONDS)
                    self.assertEqual(0, done.returncode, f"{code}---\n{done.stdout[-4000:]}")
                    printed = done.stdout
                if output is not None:
                    self.assertIsNone(missing_line(output, printed), printed[-4000:])

    def test_something_is_shown_and_run(self):
        self.assertTrue(any(blocks(path.read_text(encoding="utf-8")) for path in documents()))

    def test_a_figure_that_nobody_printed_is_found(self):
        printed = "head\n1 cat\n2 dogs\n3 cows\n"
        for shown, missing in (("1 cat\n2 dogs\n", None), ("1 cat\n...\n3 cows\n", None), ("2 dogs\n1 cat\n", "1 cat"),
                               ("1 cat\n3 cows\n", "3 cows"), ("4 cats\n", "4 cats"), ("head\n...\n2 cows\n", "2 cows")):
            self.assertEqual(missing, missing_line(shown, printed), shown)
        self.assertEqual({4: None, 7: "x y"}, outputs("a\n<!-- output -->\n```text\n```\n<!-- output of: x y -->\n"))

    def test_blocks_are_found(self):
        text = "a\n```sh\nb\nc\n```\n```text\nd\n```\n- e\n  ```sh\n  f\n  ```\n"
        self.assertEqual([(3, "b\nc\n"), (11, "  f\n")], blocks(text))


def documents():
    return sorted([*SOURCE.glob("README.md"), *(SOURCE / "docs").glob("*.md")])


for path in documents():
    name = "test_" + re.sub(r"\W", "_", path.stem)
    setattr(Commands, name, lambda self, path=path: self.run_blocks(path))


if __name__ == "__main__":
    main()
