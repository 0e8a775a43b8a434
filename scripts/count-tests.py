#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints "PASSED FAILED SKIPPED" for a JUnit report of ctest.

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
    outcomes = [outcome(case) for case in ElementTree.parse(sys.argv[1]).getroot().iter("testcase")]
    print(*(outcomes.count(name) for name in ("passed", "failed", "skipped")))


if __name__ == "__main__":
    main()
