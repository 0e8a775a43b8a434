# SPDX-License-Identifier: Apache-2.0
"""What is made of the table of commands and options: help, manual pages, completions, and suggestions for what is
misspelt. And what commands say besides their results: --quiet, --json, --color, what to do next.

usage: shell_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InSharedDirectory, PROGRAM, main, rows_of, run_program, waferloom  # noqa: E402

NAME = re.compile(r"^  (\w[\w-]*)  +\S", re.MULTILINE)
OPTION = re.compile(r"^  ((?:-\w,)?--[\w-]+)", re.MULTILINE)


def help_of(words=()):
    return waferloom(*words, "--help")


def section(text, title):
    return text.partition(f"\n{title}:\n")[2].partition("\n\n")[0] + "\n"


def commands_below(words=()):
    return NAME.findall(section(help_of(words), "Subcommands"))


def all_commands():
    """The words of every command, from the help texts."""
    found, left = [], [()]
    while left:
        words = left.pop()
        found.append(words)
        left += [words + (name,) for name in commands_below(words)]
    return sorted(found)


def options_of(words):
    return [name for each in OPTION.findall(section(help_of(words), "Options")) for name in each.split(",")]


class Tables(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commands = {words: options_of(words) for words in all_commands()}
        cls.environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
        waferloom("man", "--out", cls.top / "man")
        for shell in ("bash", "zsh", "fish"):
            waferloom("completion", shell, "--out", cls.top / shell)

    def test_help_of_a_command_is_its_option_help(self):
        self.assertGreater(len(self.commands), 20)
        for words in self.commands:
            self.assertEqual(help_of(words), waferloom("help", *words))
        done = run_program("help", "trace", "biuld", status=BAD_INPUT)
        self.assertIn("did you mean trace build?", done.stderr)

    def test_every_command_has_a_manual_page_with_its_options(self):
        pages = {path.name: path.read_text(encoding="utf-8") for path in (self.top / "man").iterdir()}
        self.assertEqual({"-".join(("waferloom", *words)) + ".1" for words in self.commands}, set(pages))
        for words, options in self.commands.items():
            text = pages["-".join(("waferloom", *words)) + ".1"]
            for option in options:
                self.assertIn("\\fB" + option.replace("-", "\\-") + "\\fR", text, words)
            self.assertEqual(text, waferloom("man", *words))
        self.assertIn("\n\\fB\\-\\-dry\\-run\\fR\n", pages["waferloom-sweep.1"])  # a flag has no value
        self.assertIn("\n\\fB\\-o\\fR, \\fB\\-\\-out\\fR \\fIDIR\\fR\n", pages["waferloom-sweep.1"])

    @unittest.skipUnless(shutil.which("man"), "man-db")
    def test_man_reads_the_pages(self):
        for path in (self.top / "man").iterdir():
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", path], capture_output=True, text=True,
                                  env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
            self.assertEqual((0, ""), (done.returncode, done.stderr), path.name)
            self.assertIn("NAME", done.stdout)

    def completed(self, *words):
        """What bash completes behind these words, the last of which is begun."""
        quoted = " ".join(f"'{word}'" for word in words)
        script = (f"source {self.top}/bash; COMP_WORDS=(waferloom {quoted}); COMP_CWORD={len(words)}; "
                  "_waferloom; printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=self.environment, cwd=self.top)
        self.assertEqual("", done.stderr)
        return done.stdout.split()

    def test_bash_completes_every_command_and_option(self):
        for words, options in self.commands.items():
            self.assertLessEqual(set(commands_below(words)), set(self.completed(*words, "")), words)
            self.assertEqual(sorted(options), sorted(self.completed(*words, "-")), words)

    def test_bash_completes_values(self):
        self.assertEqual(["links"], self.completed("show", "x", "--heatmap", "l"))
        self.assertEqual(["always", "auto"], sorted(self.completed("--color", "=", "a")))
        self.assertEqual(["smoke"], self.completed("run", "smo"))
        self.assertEqual(["collectives/broadcast"], self.completed("check", "collectives/br"))
        self.assertEqual(["batch-size"], self.completed("sweep", "--dry-run", "batch"))
        self.assertEqual(["io.bandwidth="], self.completed("run", "smoke", "--set", "io.band"))
        self.assertEqual(["gpt3-xl"], self.completed("model", "show", "gpt3-x"))
        (self.top / "runs of mine").mkdir()
        self.assertEqual(["runs", "of", "mine"], self.completed("report", "runs"))

    @unittest.skipUnless(shutil.which("fish"), "fish")
    def test_fish_completes_the_same(self):
        def complete(line):
            script = f"source {self.top}/fish; complete -C '{line}'"
            done = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True, env=self.environment, cwd=self.top)
            self.assertEqual("", done.stderr)
            return {each.split("\t")[0] for each in done.stdout.splitlines()}
        for words in ((), ("trace",), ("list",)):
            self.assertLessEqual(set(commands_below(words)), complete(" ".join(("waferloom", *words, ""))))
        for words in (("run",), ("trace", "build"), ("sweep",)):
            named = complete(" ".join(("waferloom", *words, "--")))
            self.assertEqual({option for option in self.commands[words] if option.startswith("--")}, named)
        self.assertEqual({"smoke"}, complete("waferloom run smo"))
        self.assertEqual({"io.bandwidth="}, complete("waferloom run smoke --set io.band"))
        self.assertEqual({"links"}, complete("waferloom show x --heatmap l"))

    @unittest.skipUnless(shutil.which("zsh"), "zsh")
    def test_zsh_completes_the_same(self):
        functions = self.top / "functions"
        functions.mkdir()
        shutil.copy(self.top / "zsh", functions / "_waferloom")

        def complete(line):
            """What an interactive zsh lists: it needs a terminal."""
            setup = (f"fpath=({functions} $fpath); autoload -Uz compinit; compinit -u -d {self.top}/dump; LISTMAX=0; "
                     "PS1='> '; setopt no_beep; echo re''ady\n")
            child, terminal = pty.fork()
            if child == 0:
                os.execvpe("zsh", ["zsh", "-f", "-i"], {**self.environment, "TERM": "dumb", "COLUMNS": "200", "LINES": "200"})

            def until(pattern):
                text = ""
                while not re.search(pattern, text):
                    self.assertTrue(select.select([terminal], [], [], 60)[0], f"zsh does not answer: {text}")
                    text += os.read(terminal, 65536).decode(errors="replace")
                return text
            try:
                os.write(terminal, setup.encode())
                until(r"\nready[^>]*> ")
                os.write(terminal, (line + "\x04").encode())  # ^D lists, and shows the line again
                return set(re.findall(r"[\w./=-]+", until(rf"\n> {line}")))
            finally:
                os.close(terminal)  # which ends the shell
                os.waitpid(child, 0)
        self.assertLessEqual(set(commands_below()), complete("waferloom "))
        self.assertLessEqual(set(commands_below(("trace",))), complete("waferloom trace "))
        self.assertLessEqual({option for option in self.commands[("run",)] if option.startswith("--")}, complete("waferloom run --"))


class Suggestions(unittest.TestCase):
    def refused(self, *arguments):
        return run_program(*arguments, status=BAD_INPUT).stderr

    def test_commands_and_options(self):
        for said, *arguments in (("did you mean run?", "runn", "smoke"), ("did you mean trace show?", "trace", "shwo", "x"),
                                 ("--fidelty: not an option of `waferloom run`; did you mean --fidelity?", "run", "smoke", "--fidelty", "burst"),
                                 ("did you mean --out?", "run", "smoke", "--otu=x"), ("did you mean --version?", "--verison"),
                                 ("it is one of `waferloom sweep`", "run", "smoke", "--dry-run"),
                                 ("two: one word more than `waferloom check` takes", "check", "smoke", "two"),
                                 ("did you mean broadcast?", "check", "brodcast")):
            self.assertIn(said, self.refused(*arguments))

    def test_what_to_do_instead(self):
        for said, *arguments in (("`waferloom sweep batch-size` runs it", "run", "batch-size"),
                                 ("`waferloom sweep batch-size --dry-run` checks it", "check", "batch-size"),
                                 ("`waferloom sweep batch-size` runs it", "report", "batch-size"),
                                 ("`waferloom run smoke --report` runs it", "report", "smoke"),
                                 ("`waferloom run smoke` runs it", "sweep", "smoke")):
            self.assertIn(said, self.refused(*arguments))


class Output(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = cls.top / "run"
        cls.printed = waferloom("run", "smoke", "-o", cls.made)

    def test_a_run_says_what_to_do_next(self):
        self.assertTrue(self.printed.endswith(f"Results: {self.made}\nNext: waferloom report {self.made}, waferloom show {self.made}\n"), self.printed[-300:])

    def test_a_run_writes_its_report(self):
        out = self.top / "reported"
        self.assertIn(f"Report: {out}/report.html\n", waferloom("run", "smoke", "--out", out, "--report"))
        waferloom("report", self.made, "-q")
        self.assertIn("</html>", (out / "report.html").read_text(encoding="utf-8"))

    def test_quiet_is_quiet(self):
        study = self.top / "one.yaml"
        study.write_text("base: smoke\nset: { fidelity: burst }\nvary: { pe.clock: [850 MHz] }\n", encoding="utf-8")
        for arguments in (("run", "smoke", "-o", self.top / "quiet"), ("check", "smoke"), ("report", self.made),
                          ("timeline", self.made), ("compare", self.made, self.top / "quiet"), ("sweep", study, "-o", self.top / "study", "--no-cache"),
                          ("trace", "build", "smoke", "-o", self.top / "t"), ("trace", "validate", self.top / "t")):
            done = run_program(*arguments, "-q")
            self.assertEqual(("", ""), (done.stdout, done.stderr), arguments)
        self.assertTrue((self.top / "quiet" / "result.json").is_file())
        self.assertIn("1 point done", waferloom("sweep", "--collect", self.top / "study").replace("1 of ", ""))
        self.assertIn(f"its page is {self.top}/study/study.html", run_program("report", self.top / "study", status=BAD_INPUT).stderr)

    def test_json_is_json(self):
        result = json.loads((self.made / "result.json").read_text(encoding="utf-8"))
        json_of = lambda *arguments: json.loads(waferloom(*arguments))  # noqa: E731
        printed = json_of("run", "smoke", "--json", "-o", self.top / "json")
        self.assertEqual((result["metrics"], str(self.top / "json")), (printed["metrics"], printed["directory"]))
        self.assertEqual({"scenario": "smoke", "valid": True}, json_of("check", "smoke", "--json"))
        effective = json_of("check", "smoke", "--effective", "--json")
        self.assertEqual(result["configuration"], {key: value for key, value in effective.items() if key in result["configuration"]})
        self.assertIn({"name": "smoke"}, [{"name": each["name"]} for each in json_of("list", "scenarios", "--json")])
        self.assertEqual("pe.clock", json_of("describe", "pe.clock", "--json")[0]["key"])
        self.assertEqual("batch-size", json_of("sweep", "batch-size", "--dry-run", "--json")["study"])
        self.assertIn("metrics", json_of("compare", self.made, self.top / "json", "--json", "-"))
        report = json_of("report", self.made, "--json", "-o", self.top / "page.html")
        self.assertEqual({"directory": str(self.made), "report": str(self.top / "page.html")}, report)
        timeline = json_of("timeline", self.made, "--json", "--format", "chrome", "-o", self.top / "timeline.json")
        self.assertEqual({"directory": str(self.made), "format": "chrome", "timeline": str(self.top / "timeline.json")}, timeline)
        for path in (report["report"], timeline["timeline"]):
            self.assertTrue(pathlib.Path(path).is_file(), path)

    def test_values_of_few_words_are_suggested_too(self):
        for arguments, said in ((("timeline", self.made, "--format", "perfeto"), "--format: expected one of perfetto, chrome, got perfeto; did you mean perfetto?"),
                                (("completion", "fsh"), "SHELL: expected one of bash, fish, zsh, got fsh; did you mean fish?"),
                                (("validate", "--suite", "fidelty"), "got fidelty; did you mean fidelity?"),
                                (("check", "smoke", "--set", "fabric.router=colour"), "got colour; did you mean color?")):
            self.assertIn(said, run_program(*arguments, status=BAD_INPUT).stderr)

    def test_a_model_is_shown_as_json(self):
        shown = json.loads(waferloom("model", "show", "gpt3-xl", "--json"))
        self.assertEqual(shown["parameters"], sum(part["parameters"] for part in shown["parts"]))
        text = waferloom("model", "show", shown["model"])
        for part in shown["parts"]:
            self.assertRegex(text, rf"(?m)^{re.escape(part['part'])} .*\b{part['parameters']}$")
        self.assertEqual(shown["keys"]["layers"], int(re.search(r"(\d+) layers of", text)[1]))

    def test_validation_is_told_as_json(self):
        said = waferloom("validate", "--suite", "pe", "--csv", self.top / "pe.csv")
        told = json.loads(waferloom("validate", "--suite", "pe", "--json"))
        suite, = told["suites"]
        self.assertTrue(told["passed"] and suite["passed"])
        rows = rows_of(self.top / "pe.csv")
        self.assertEqual([row["case"] for row in rows], [figure["case"] for figure in suite["figures"]])
        for row, figure in zip(rows, suite["figures"]):
            self.assertIn(figure["case"], said)
            self.assertEqual((row["status"], row["source"]), (figure["status"], figure["source"]))
            self.assertAlmostEqual(float(row["expected"]), figure["expected"], delta=1e-6 * abs(figure["expected"]))
            if figure["status"] != "open":
                self.assertAlmostEqual(float(row["error"]), figure["error"], 5)
        self.assertEqual("", waferloom("validate", "--suite", "pe", "-q"))

    def test_colours_where_they_are_wanted(self):
        escape = "\x1b["
        plain = waferloom("show", self.made, "--heatmap", "pe")
        coloured = waferloom("show", self.made, "--heatmap", "pe", "--color=always")
        self.assertNotIn(escape, plain)
        self.assertEqual(plain, re.sub(r"\x1b\[[\d;]*m", "", coloured))
        self.assertIn(escape, coloured)
        for wish, coloured in (("always", True), ("never", False), ("auto", False)):
            done = run_program("check", "smoke", "--set", "planet=5", "--color", wish, status=BAD_INPUT)
            self.assertEqual(coloured, escape in done.stderr, wish)

    def test_no_color_is_kept_on_a_terminal(self):
        for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
            master, terminal = pty.openpty()
            subprocess.run([PROGRAM, "check", "smoke", "--set", "planet=5"], stderr=terminal, stdout=subprocess.DEVNULL,
                           env={**environment, "TERM": "xterm-256color", **variables})
            os.close(terminal)
            self.assertEqual(coloured, b"\x1b[" in os.read(master, 65536), variables)
            os.close(master)


if __name__ == "__main__":
    main()
