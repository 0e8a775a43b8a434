# SPDX-License-Identifier: Apache-2.0
"""Usage of the command line: what is wrong ends with status 2 and says so on stderr, help with 0.

usage: cli_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import SOURCE, main, run_program  # noqa: E402

COMMANDS = ("run", "check", "trace", "list", "describe", "schema")


class Usage(unittest.TestCase):
    def assert_refused(self, arguments, *said):
        """Status 2, nothing on stdout, and stderr says each of `said` (regular expressions)."""
        with tempfile.TemporaryDirectory() as directory:
            done = run_program(*arguments, cwd=directory, status=None)
            self.assertEqual(2, done.returncode, f"{arguments}: {done.stdout}{done.stderr}")
            self.assertEqual("", done.stdout, arguments)
            for pattern in said:
                self.assertRegex(done.stderr, pattern, arguments)
            self.assertEqual([], list(pathlib.Path(directory).iterdir()), f"{arguments} left files behind")

    def test_no_command(self):
        self.assert_refused([], r"(?i)subcommand|command")

    def test_unknown_command(self):
        self.assert_refused(["simulate"], "simulate")
        self.assert_refused(["trace", "frobnicate"], "frobnicate")
        self.assert_refused(["list", "planets"], "planets")

    def test_unknown_option(self):
        for command in (["--frobnicate"], ["run", "smoke", "--frobnicate"], ["check", "smoke", "--frobnicate"]):
            self.assert_refused(command, "frobnicate")

    def test_missing_argument(self):
        self.assert_refused(["run"], r"(?i)scenario")
        self.assert_refused(["check"], r"(?i)scenario")
        self.assert_refused(["trace"], r"(?i)subcommand|command")
        self.assert_refused(["check", "smoke", "--set"], "--set")
        self.assert_refused(["run", "smoke", "--out"], "--out")

    def test_surplus_argument(self):
        self.assert_refused(["check", "smoke", "second-scenario"], "second-scenario")

    def test_missing_file(self):
        self.assert_refused(["run", "missing.yaml"], r"missing\.yaml")
        self.assert_refused(["check", "missing.yaml"], r"missing\.yaml")
        self.assert_refused(["check", "missing-scenario"], "missing-scenario")
        self.assert_refused(["trace", "show", "missing.trace"], r"missing\.trace")
        self.assert_refused(["trace", "stats", "missing.trace"], r"missing\.trace")

    def test_a_directory_is_not_a_file(self):
        self.assert_refused(["check", str(SOURCE / "scenarios")], "scenarios")
        self.assert_refused(["trace", "show", str(SOURCE / "scenarios")], "scenarios")

    def test_an_override_that_is_not_one(self):
        for value in ("fabric.width", "=5", "", "fabric.width="):
            self.assert_refused(["check", "smoke", "--set", value], r"--set")

    def test_an_override_of_an_unknown_key_names_the_nearest(self):
        self.assert_refused(["check", "smoke", "--set", "fabric.widht=20"], r"fabric\.widht", r"fabric\.width\b")

    def test_a_bad_seed(self):
        for seed in ("-1", "many", "1.5", "18446744073709551616"):
            self.assert_refused(["run", "smoke", "--seed", seed], "seed")

    def test_describe_of_an_unknown_key(self):
        self.assert_refused(["describe", "fabric.widht"], r"fabric\.widht")


class Help(unittest.TestCase):
    def test_help_names_every_command(self):
        done = run_program("--help")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        for command in COMMANDS:
            self.assertRegex(done.stdout, rf"\b{command}\b")

    def test_help_of_every_command(self):
        for command in COMMANDS:
            done = run_program(command, "--help")
            self.assertEqual((0, ""), (done.returncode, done.stderr), command)
            self.assertRegex(done.stdout, r"(?i)usage", command)

    def test_version_is_the_projects(self):
        cmake = (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")
        version = re.search(r"project\(waferloom VERSION ([0-9.]+)", cmake)[1]
        done = run_program("--version")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, rf"^waferloom {re.escape(version)}( \(\w+\+?\))?\n$")


if __name__ == "__main__":
    main()
