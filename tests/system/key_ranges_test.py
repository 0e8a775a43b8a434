# SPDX-License-Identifier: Apache-2.0
"""Every numeric key at both ends of its range: the page that scripts/key-ranges makes, and some pairs of keys.

usage: key_ranges_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import PROGRAM, SOURCE, main  # noqa: E402

SCRIPT = SOURCE / "scripts" / "key-ranges"
PAIRS = 40  # run
CHECKED = 400


class KeyRanges(unittest.TestCase):
    maxDiff = None

    def test_the_page_tells_what_each_end_gives(self):
        done = subprocess.run([sys.executable, SCRIPT, PROGRAM], capture_output=True, text=True)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual((SOURCE / "docs" / "key-ranges.md").read_text(encoding="utf-8"), done.stdout)

    def test_ends_of_two_keys_together(self):
        done = subprocess.run([sys.executable, SCRIPT, PROGRAM, "--pairs", str(PAIRS), "1"], capture_output=True,
                              text=True)
        self.assertEqual(0, done.returncode, done.stdout)

    def test_ends_of_two_keys_that_are_checked_together(self):
        done = subprocess.run([sys.executable, SCRIPT, PROGRAM, "--check", str(CHECKED), "1"], capture_output=True,
                              text=True)
        self.assertEqual((0, f"{CHECKED} pairs tried, 0 wrong\n"), (done.returncode, done.stdout))


if __name__ == "__main__":
    main()
