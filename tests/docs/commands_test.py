# SPDX-License-Identifier: Apache-2.0
"""Runs the commands that the documents show, so that they stay true.

Every ```sh block of README.md and docs/*.md is run by bash, which stops at the first failure. The blocks of one
document run in order, in a copy of the checkout without its builds, with `waferloom` on the PATH. Other
blocks (```console for commands that set up or build, ```text, ```yaml ...) are not run.

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


class Commands(InDirectory):
    def copy_of_checkout(self):
        copy = self.top / "waferloom"
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("build", "runs", ".git", "__pycache__", "node_modules"))
        return copy

    def run_blocks(self, document):
        copy = self.copy_of_checkout()
        environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
        for line, code in blocks(document.read_text(encoding="utf-8")):
            with self.subTest(f"{document.relative_to(SOURCE)}:{line}"):
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], cwd=copy, env=environment, text=True,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      timeout=TIMEOUT_SECONDS)
                self.assertEqual(0, done.returncode, f"{code}---\n{done.stdout[-4000:]}")

    def test_something_is_shown_and_run(self):
        self.assertTrue(any(blocks(path.read_text(encoding="utf-8")) for path in documents()))

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
