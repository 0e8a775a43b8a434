#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a JUnit report of ctest.

usage: scripts/read-junit.py REPORT               prints "PASSED FAILED SKIPPED"
       scripts/read-junit.py --slowest N REPORT   prints the N tests that took longest, with their seconds

A test that could not be started (its program is missing) counts as failed; only one that skipped itself
or is disabled counts as skipped.
"""
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    status = case.get("status")
    if status == "run":
        return "passed"
    skipped = case.find("skipped")
    message = "" if skipped is None else skipped.get("message", "")
    if status == "disabled" or message.startswith("SKIP_"):
        return "skipped"
    return "failed"


def main():
    cases = list(ElementTree.parse(sys.argv[-1]).getroot().iter("testcase"))
    if sys.argv[1] == "--slowest":
        times = sorted(((float(case.get("time", 0)), case.get("name")) for case in cases), reverse=True)
        for seconds, name in times[:int(sys.argv[2])]:
            print(f"  {seconds:7.1f} s  {name}")
        return
    outcomes = [outcome(case) for case in cases]
    print(*(outcomes.count(name) for name in ("passed", "failed", "skipped")))


if __name__ == "__main__":
    main()
