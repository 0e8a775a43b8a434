# SPDX-License-Identifier: Apache-2.0
"""What the Python tests share: the program under test, a directory to work in, and reading what it wrote.

A test is called with the program's path and the source directory; it puts tests/support on the path before it
imports this:

    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
    from harness import InDirectory, main, waferloom  # noqa: E402
"""
import contextlib
import csv
import filecmp
import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
SOURCE = pathlib.Path(sys.argv[2]).resolve()
BAD_INPUT, STUCK, HOST_RESOURCE, INTERRUPTED = 2, 3, 4, 130  # exit statuses
TIMEOUT_SECONDS = 600


def run_program(*arguments, status=0, program=PROGRAM, **options):
    """Runs the program, without a terminal; its outputs are in what it returns. Any other exit status than
    `status` fails the test; None takes all."""
    done = subprocess.run([program, *map(str, arguments)],
                          **{"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "timeout": TIMEOUT_SECONDS, **options})
    if status not in (None, done.returncode):
        raise AssertionError(f"{program.name} {' '.join(map(str, arguments))}: exit status {done.returncode}, expected "
                             f"{status}\n{done.stdout}{done.stderr}")
    return done


def waferloom(*arguments, status=0, **options):
    """Runs the program; gives its standard output, or its standard error where it is to fail with `status`."""
    done = run_program(*arguments, status=status, **options)
    return done.stdout if status == 0 else done.stderr


def full_disk(size):
    """For `preexec_fn`: no file may grow beyond `size` bytes, which stands for a disk that is full."""
    def limit():
        import resource
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


def sets(*settings):
    """The options for `KEY=VALUE`s."""
    return [word for setting in settings for word in ("--set", setting)]


def rows_of(path):
    """The rows of a CSV file, as {column: text}."""
    with open(path, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def json_of(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def result_of(directory):
    """A run's result.json."""
    return json_of(pathlib.Path(directory) / "result.json")


def python_with(*modules):
    """A Python that has the modules: the system's, to which packages belong, or the one that runs this; None without."""
    return next((python for python in ("/usr/bin/python3", sys.executable)
                 if subprocess.run([python, "-c", "import " + ", ".join(modules)], capture_output=True).returncode == 0), None)


def new_directory(clean_up):
    """A directory that is removed by what is given to `clean_up`."""
    directory = tempfile.TemporaryDirectory(prefix="waferloom-")
    clean_up(directory.cleanup)
    return pathlib.Path(directory.name)


class InDirectory(unittest.TestCase):
    """Tests that each have a directory of their own, `top`."""

    def setUp(self):
        super().setUp()
        self.top = new_directory(self.addCleanup)

    def write(self, name, content):
        """A file in the directory, of text or bytes; gives its path."""
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def run_here(self, *arguments, settings=(), **options):
        """Runs the program in the directory, as run_program does."""
        return run_program(*arguments, *sets(*settings), **{"cwd": self.top, **options})

    def edit_trace(self, edit, settings=()):
        """`other.trace`: the step of `smoke` with `settings`, of whose records `edit` may change each, sealed again;
        gives what sealing says."""
        self.run_here("trace", "build", "smoke", "--out", "step.trace", settings=settings)
        lines = (self.top / "step.trace").read_text(encoding="utf-8").splitlines()[:-1]
        header, *records = [json.loads(line.rsplit("\t", 1)[0]) for line in lines]
        for record in records:
            edit(record)
        self.write("edited", "".join(json.dumps(each) + "\n" for each in (header, *records)))
        return self.run_here("trace", "seal", "edited", "other.trace", status=None)

    def deadlocked_trace(self):
        """A trace in which products wait for the sums that wait for them; gives its path."""
        def edit(record):
            if record.get("name") == "layer0.forward.qkv.q.axpy":
                record["after"] = [{"record": record["id"] + 1, "lag": 1}]
                record["blocks"] = 8
            if record.get("name") == "layer0.forward.qkv.q.sums":
                record["after"] = [{"record": record["id"] - 1}]
        done = self.edit_trace(edit)
        self.assertEqual(0, done.returncode, done.stderr)
        return self.top / "other.trace"

    def refuse(self, said, *arguments, status=BAD_INPUT, **options):
        """The program ends with `status` and says what matches `said`."""
        done = self.run_here(*arguments, status=status, **options)
        self.assertRegex(done.stderr, said)
        return done


class RunsInDirectory(InDirectory):
    """Runs in `top` whose files are to be the same."""
    DATABASE = "results.sqlite"
    OF_THE_HOST = {"host.json"}

    def files(self, directory):
        return {path.name for path in (self.top / directory).iterdir()} - self.OF_THE_HOST

    def dump(self, directory):
        # The file itself counts its commits, which come by the clock.
        with contextlib.closing(sqlite3.connect(self.top / directory / self.DATABASE)) as database:
            return list(database.iterdump())

    def assert_same(self, one, other):
        self.assertEqual(self.files(one), self.files(other))
        _, differ, wrong = filecmp.cmpfiles(self.top / one, self.top / other, self.files(one) - {self.DATABASE}, shallow=False)
        self.assertEqual(([], []), (differ, wrong))
        if self.DATABASE in self.files(one):
            self.assertEqual(self.dump(one), self.dump(other))

    def another_build(self):
        """The program of another build: a byte more makes its file one, which ranks compare."""
        other = self.top / "bin" / PROGRAM.name
        other.parent.mkdir()
        other.write_bytes(PROGRAM.read_bytes() + b"\0")
        other.chmod(0o755)
        shutil.copy(PROGRAM.parent / "waferloom-mpi.so", other.parent)
        return other

    def wait_for_checkpoint(self, job):
        """Until the run `job` has written its first one, into `out`."""
        deadline = time.monotonic() + 120
        while not (self.top / "out" / "checkpoint").exists() and time.monotonic() < deadline:
            self.assertIsNone(job.poll())
            time.sleep(0.01)

    def assert_resumed_as_whole(self, *run):
        """The run that was killed in `out` goes on from its last checkpoint, and ends as one that was not."""
        self.assertFalse((self.top / "out" / "result.json").exists())
        waferloom("run", *run, "--resume", self.top / "out")
        (self.top / "out" / "checkpoint.partial").unlink(missing_ok=True)  # being written as it was killed
        waferloom("run", *run, "--out", self.top / "whole")
        self.assert_same("whole", "out")


class InSharedDirectory(unittest.TestCase):
    """Tests of a class that share a directory, `top`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top = new_directory(cls.addClassCleanup)


def main():
    unittest.main(argv=sys.argv[:1])
