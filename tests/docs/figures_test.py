# SPDX-License-Identifier: Apache-2.0
"""Figures in running text of the documents are those that the program says: docs/figures.yaml.

usage: figures_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import math
import pathlib
import re
import shlex
import sys

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InSharedDirectory, SOURCE, main, waferloom  # noqa: E402

FIGURES = SOURCE / "docs" / "figures.yaml"


def joined(text):
    """Without regard to how lines are broken."""
    return " ".join(text.split())


class Figures(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.known = {}

    def printed(self, command):
        if command not in self.known:
            # Files are named from the top of the sources; results go into the test's directory.
            words = [str(SOURCE / word) if word.startswith("scenarios/") else word for word in shlex.split(command)]
            self.known[command] = json.loads(waferloom(*words, cwd=self.top))
        return self.known[command]

    def value_of(self, source):
        if "page" in source:
            found = re.search(source["line"], (SOURCE / source["page"]).read_text(encoding="utf-8"), re.MULTILINE)
            self.assertIsNotNone(found, f"{source['page']} has no line {source['line']}")
            value = float(found[1])
        else:
            value = self.printed(source["command"])
            for key in source["path"].split("/"):
                value = value[int(key) if isinstance(value, list) else key]
        if "is" in source:
            self.assertEqual(source["is"], value, source)
        if "times" in source or "by" in source:
            value = value * math.prod(source.get("times", [])) / math.prod(source.get("by", []))
        return value

    def test_texts_say_what_the_program_says(self):
        figures = yaml.safe_load(FIGURES.read_text(encoding="utf-8"))
        self.assertGreater(len(figures), 4)
        for figure in figures:
            with self.subTest(f"{figure['document']}: {figure['text']}"):
                said = figure["text"].format(**{name: self.value_of(source) for name, source in figure["values"].items()})
                self.assertIn(joined(said), joined((SOURCE / figure["document"]).read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
