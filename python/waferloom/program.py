# SPDX-License-Identifier: Apache-2.0
"""Finds and starts the program, shows its progress, and turns its errors into exceptions."""
import contextlib
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile

from .errors import WaferloomError, error_of
from .results import Run
from .studies import Study

INTERRUPTED = 130


def find_program(program=None):
    """The program's path: `program`, else what the environment variable WAFERLOOM names, else `waferloom` on the
    path, else the release build of the checkout that this package lies in. Raises WaferloomError where there is none."""
    named = program or os.environ.get("WAFERLOOM")
    if named:
        found = shutil.which(str(named))
        if not found:
            raise WaferloomError(f"{named}: expected the program waferloom, got no executable file")
        return found
    built = pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "bin" / "waferloom"
    found = shutil.which("waferloom") or shutil.which(str(built))
    if not found:
        raise WaferloomError("waferloom is not on the path: install or build it, or let the environment variable "
                             "WAFERLOOM name it")
    return found


def run(scenario, set=None, out=None, fidelity=None, progress=None, program=None):  # noqa: A002 (the option's name)
    """Runs a scenario and gives its Run.

    scenario: a name that comes with the program, a path, or a dict with the content of a scenario file. A dict's
        paths are relative to the working directory.
    set: {key: value} on top of it; a text is YAML as on the command line ("80 Gb/s"), other values stand for themselves.
    out: directory of the results, which must not exist; a new one below runs/ where it is left out.
    fidelity: "wavelet" or "burst", instead of the scenario's.
    progress: whether to show it; None: in a terminal or a notebook.
    Raises BadInput, Stuck, HostResource; KeyboardInterrupt where it was interrupted.
    """
    with _scenario_file(scenario) as file:
        directory = _new_directory(out, "run")
        arguments = ["run", str(file), "--out", str(directory), *_settings(set)]
        if fidelity is not None:
            arguments += ["--fidelity", fidelity]
        call(arguments, progress=progress, program=program)
    return Run(directory)


def check(scenario, set=None, program=None):  # noqa: A002
    """Checks a scenario as `waferloom check` does: gives what it says, or raises BadInput."""
    with _scenario_file(scenario) as file:
        return call(["check", str(file), *_settings(set)], progress=False, program=program)


def sweep(base, vary=None, set=None, out=None, jobs=None, cache=True, progress=None, program=None,  # noqa: A002
          **sections):
    """Runs a study and gives its Study.

    base: the scenario that varies, as for `run`; or, without `vary` and sections, a study file or its name.
    vary: {key: list of values}; values as for `set` of `run`.
    set: {key: value} that holds for every point.
    jobs: points that run at once; one per core where it is left out.
    cache: False neither reuses results of points that ran before nor keeps them.
    sections: the other sections of a study file (docs/studies.md): zip, derive, constraints, metrics, objectives, ...
    """
    with contextlib.ExitStack() as files:
        if vary is None and not sections:
            if set:
                raise WaferloomError("a study's file says what is set: give `set` with `vary`, or put it into the file")
            study = base
        else:
            study = {"name": "python", "base": str(files.enter_context(_scenario_file(base))), "vary": _plain(vary or {}),
                     **_plain(sections)}
            if set:
                study["set"] = _plain(set)
        file = files.enter_context(_scenario_file(study))
        directory = _new_directory(out, "study")
        arguments = ["sweep", str(file), "--out", str(directory)]
        if jobs is not None:
            arguments += ["--jobs", str(jobs)]
        if not cache:
            arguments += ["--no-cache"]
        call(arguments, progress=progress, program=program)
    return Study(directory)


def call(arguments, progress=None, program=None):
    """Starts the program and waits for it; gives its standard output. Raises what its exit status means."""
    shown = _watched() if progress is None else progress
    with tempfile.TemporaryFile() as output, _messages(shown) as messages:
        process = subprocess.Popen([find_program(program), *arguments], stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=messages.writer)
        try:
            said = messages.read()
            status = process.wait()
        except KeyboardInterrupt:
            # The program ends in order: it keeps what was done and says so.
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        if status != 0:
            raise error_of(status, said)
        output.seek(0)
        return output.read().decode("utf-8")


def _watched():
    """Whether somebody sees what is written to standard error: at a terminal, or in a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


class _Messages:
    """The program's standard error. Where progress is shown, the program writes to a terminal of its own, and the
    lines that it takes back are passed on; else it writes to a pipe."""

    def __init__(self, reader, writer, shown):
        self.reader, self.writer, self.shown = reader, writer, shown

    def read(self):
        """All that is written until the program ends, without progress."""
        os.close(self.writer)
        self.writer = None
        lines = [b""]
        while block := self._block():
            for part in block.replace(b"\r\n", b"\n").splitlines(keepends=True):
                if part.startswith(b"\r") or lines[-1].endswith((b"\r", b"\n")):
                    self._show(lines[-1])
                    lines.append(b"")
                lines[-1] += part
        if self.shown:
            sys.stderr.write("\r" + " " * 79 + "\r")
        said = b"".join(line for line in lines if line.endswith(b"\n") or b"\r" not in line)
        return said.decode("utf-8", "replace")

    def _block(self):
        try:
            return os.read(self.reader, 65536)
        except OSError:  # a terminal whose other end was closed
            return b""

    def _show(self, line):
        if self.shown and line.strip() and not line.endswith(b"\n"):
            sys.stderr.write("\r" + line.decode("utf-8", "replace").strip("\r"))
            sys.stderr.flush()


@contextlib.contextmanager
def _messages(shown):
    reader, writer = pty.openpty() if shown else os.pipe()
    messages = _Messages(reader, writer, shown)
    try:
        yield messages
    finally:
        os.close(reader)
        if messages.writer is not None:
            os.close(messages.writer)


def _plain(value):
    """The value in what JSON, and so YAML, can say; numbers of numpy become Python's."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)) or (hasattr(value, "tolist") and getattr(value, "ndim", 0)):
        return [_plain(part) for part in value]
    if isinstance(value, pathlib.Path):
        return str(value)
    return value.item() if hasattr(value, "item") else value


def _settings(values):
    """The options --set for {key: value}."""
    options = []
    for key, value in (values or {}).items():
        value = _plain(value)
        options += ["--set", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
    return options


@contextlib.contextmanager
def _scenario_file(scenario):
    """A name or path as it is; a dict as a file in the working directory, to which its paths are relative."""
    if not isinstance(scenario, dict):
        yield scenario
        return
    # JSON is YAML. Without a name in it, the name of the file would be the scenario's.
    with tempfile.NamedTemporaryFile("w", prefix="python-", suffix=".yaml", dir=".", encoding="utf-8") as file:
        json.dump({"name": "python", **_plain(scenario)}, file, indent=1)
        file.flush()
        yield pathlib.Path(file.name).resolve()


def _new_directory(out, kind):
    if out is not None:
        return pathlib.Path(out)
    runs = pathlib.Path("runs")
    runs.mkdir(exist_ok=True)
    number = 1
    while (runs / f"python-{kind}-{number}").exists():
        number += 1
    return runs / f"python-{kind}-{number}"
