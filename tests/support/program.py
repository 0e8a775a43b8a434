# SPDX-License-Identifier: Apache-2.0
"""The program in a directory of its own, for tests that run it as a user does."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
BAD_INPUT, STUCK, HOST_RESOURCE, INTERRUPTED = 2, 3, 4, 130


class InDirectory(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="waferloom-test-")
        self.addCleanup(directory.cleanup)
        self.top = pathlib.Path(directory.name)

    def put(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def waferloom(self, *arguments, settings=(), **options):
        words = [word for setting in settings for word in ("--set", setting)]
        return subprocess.run([PROGRAM, *map(str, arguments), *words], capture_output=True, text=True, cwd=self.top,
                              timeout=500, **{"stdin": subprocess.DEVNULL, **options})

    def succeed(self, *arguments, **options):
        done = self.waferloom(*arguments, **options)
        self.assertEqual(0, done.returncode, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def refuse(self, said, *arguments, status=BAD_INPUT, **options):
        done = self.waferloom(*arguments, **options)
        self.assertEqual(status, done.returncode, f"{arguments}: {done.stdout}{done.stderr}")
        self.assertRegex(done.stderr, said)
        return done

    def result(self, out):
        return json.loads((self.top / out / "result.json").read_text(encoding="utf-8"))
