# SPDX-License-Identifier: Apache-2.0
"""Packages: what `cmake --install` and `cpack` make is complete. A project outside the tree attaches a module with
find_package(waferloom), `uninstall` leaves nothing, and the .deb runs in a clean Debian without a compiler, where
debootstrap can make one (as root; a minute).

usage: package_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, InSharedDirectory, PROGRAM, SOURCE, main, waferloom  # noqa: E402

BUILD = PROGRAM.parent.parent
SANITIZED = "WAFERLOOM_SANITIZE:BOOL=ON" in (BUILD / "CMakeCache.txt").read_text(encoding="utf-8")


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, **options})
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


class Version(unittest.TestCase):
    def test_it_names_the_commit(self):
        done = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=SOURCE, capture_output=True, text=True)
        expected = rf" \({done.stdout.strip()}\+?\)" if done.returncode == 0 else r"( \(\w+\))?"
        self.assertRegex(waferloom("--version"), rf"^waferloom [0-9.]+{expected}\n$")


@unittest.skipIf(SANITIZED, "built with sanitizers")
class Project(InDirectory):
    def test_a_project_of_ones_own_attaches_a_module(self):
        run("cmake", "--install", BUILD, "--prefix", self.top / "first")
        prefix = self.top / "moved"
        (self.top / "first").rename(prefix)
        example = prefix / "share" / "doc" / "waferloom" / "examples" / "own_pe"
        self.assertTrue((prefix / "include" / "waferloom" / "wafer" / "wavelet" / "wafer.hpp").is_file())
        shutil.copytree(example, self.top / "own_pe")
        build = self.top / "build"
        run("cmake", "-S", self.top / "own_pe", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", build)
        self.assertRegex(run(build / "own_pe"), r"the answers' sum is 80 in cycle \d+\n")
        for path in prefix.rglob("*.cmake"):
            self.assertNotIn(str(SOURCE), path.read_text(encoding="utf-8"), path.name)

    def test_uninstall_leaves_what_is_not_ours(self):
        prefix = self.top / "prefix"
        other = prefix / "share" / "other"
        other.parent.mkdir(parents=True)
        other.write_text("of others", encoding="utf-8")
        run("cmake", "--install", BUILD, "--prefix", prefix)
        self.assertTrue((prefix / "bin" / "waferloom").is_file())
        for folder, name in (("share/man/man1", "waferloom-run.1"), ("share/bash-completion/completions", "waferloom"),
                             ("share/fish/vendor_completions.d", "waferloom.fish")):
            self.assertTrue((prefix / folder / name).is_file(), name)
        run("cmake", f"-DBUILD={BUILD}", "-P", SOURCE / "cmake" / "Uninstall.cmake")
        self.assertEqual([other], [path for path in prefix.rglob("*") if not path.is_dir()])
        self.assertEqual([prefix / "share"], [path for path in prefix.rglob("*") if path.is_dir()])


@unittest.skipIf(SANITIZED, "built with sanitizers")
@unittest.skipUnless(shutil.which("dpkg-shlibdeps"), "dpkg-dev")
class Debian(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", cls.top)
        cls.packages = {path.name.split("_")[0]: path for path in cls.top.glob("*.deb")}

    def field(self, package, name):
        return run("dpkg-deb", "-f", self.packages[package], name).strip()

    def test_they_name_what_they_need(self):
        with_mpi = (BUILD / "bin" / "waferloom-mpi.so").exists()
        self.assertEqual({"waferloom", "waferloom-dev"} | ({"waferloom-mpi"} if with_mpi else set()), set(self.packages))
        needed = self.field("waferloom", "Depends")
        self.assertNotIn("mpi", needed)
        if with_mpi:
            self.assertRegex(self.field("waferloom-mpi", "Depends"), r"libopenmpi.*waferloom \(=|waferloom \(=.*libopenmpi")
        for library in ("libc6", "libsystemc", "libyaml-cpp0.7", "libfmt9", "libsqlite3-0"):
            self.assertIn(library, needed)
        self.assertNotIn("g++", needed)
        self.assertIn(f"waferloom (= {self.field('waferloom', 'Version')})", self.field("waferloom-dev", "Depends"))

    def test_the_program_alone_is_whole(self):
        tree = self.top / "tree"
        run("dpkg-deb", "-x", self.packages["waferloom"], tree)
        self.assertFalse(list(tree.rglob("*.hpp")) + list(tree.rglob("*.a")))
        environment = {"PATH": "/usr/bin:/bin"}
        if "waferloom-mpi" in self.packages:
            run("dpkg-deb", "-x", self.packages["waferloom-mpi"], self.top / "mpi")
            self.assertEqual([self.top / "mpi/usr/lib/waferloom/waferloom-mpi.so"], list((self.top / "mpi").rglob("*.so")))
        program = tree / "usr" / "bin" / "waferloom"
        run(program, "run", "smoke", "--report", "-o", self.top / "smoke", env=environment)
        run(program, "check", "collectives/broadcast", env=environment)
        for page in ("waferloom.1", "waferloom-run.1"):
            self.assertTrue((tree / "usr" / "share" / "man" / "man1" / page).is_file())

    @unittest.skipUnless(shutil.which("debootstrap") and os.geteuid() == 0, "debootstrap, as root")
    def test_it_installs_and_runs_in_a_clean_debian(self):
        root = self.top / "debian"
        sources = [pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt/sources.list.d").glob("*")]
        mirrors = re.findall(r"(https?://\S+?)/?\s", "".join(path.read_text(encoding="utf-8") for path in sources if path.is_file()))
        mirror = next((each for each in mirrors if each.rstrip("/").endswith("/debian")), "http://deb.debian.org/debian")
        made = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root, mirror], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if made.returncode != 0:
            self.skipTest(f"debootstrap: {made.stdout[-300:]}")

        def inside(*command):
            return run("chroot", root, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
                       "DEBIAN_FRONTEND=noninteractive", *command)
        for settings in pathlib.Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            shutil.copy(settings, root / "etc" / "apt" / "apt.conf.d")
        shutil.copy(self.packages["waferloom"], root / "root" / "waferloom.deb")
        inside("apt-get", "install", "--yes", "--no-install-recommends", "/root/waferloom.deb")
        self.assertFalse((root / "usr" / "bin" / "g++").exists())
        self.assertIn("Report: /tmp/smoke/report.html", inside("waferloom", "run", "smoke", "--report", "-o", "/tmp/smoke"))
        inside("waferloom", "check", "gpt3-xl")
        alone = subprocess.run(["chroot", root, "env", "-i", "PATH=/usr/bin:/bin", "OMPI_COMM_WORLD_SIZE=2", "waferloom", "run", "smoke",
                                "-o", "/tmp/alone"], capture_output=True, text=True)
        self.assertEqual(4, alone.returncode)
        self.assertIn("waferloom-mpi", alone.stderr)
        self.assertIn("wse2", inside("waferloom", "list", "hardware"))
        inside("apt-get", "purge", "--yes", "waferloom")
        self.assertFalse((root / "usr" / "share" / "waferloom").exists())


if __name__ == "__main__":
    main()
