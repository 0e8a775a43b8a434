# SPDX-License-Identifier: Apache-2.0
"""Tests that run the program as a user does, in a directory of their own, and look at what it says."""
from harness import (BAD_INPUT, HOST_RESOURCE, INTERRUPTED, PROGRAM, STUCK, InDirectory as Plain,  # noqa: F401
                     result_of, run_program, sets)


class InDirectory(Plain):
    def put(self, name, text):
        return self.write(name, text)

    def waferloom(self, *arguments, settings=(), status=None, **options):
        return run_program(*arguments, *sets(*settings), status=status, **{"cwd": self.top, **options})

    def succeed(self, *arguments, **options):
        return self.waferloom(*arguments, status=0, **options)

    def refuse(self, said, *arguments, status=BAD_INPUT, **options):
        done = self.waferloom(*arguments, status=status, **options)
        self.assertRegex(done.stderr, said)
        return done

    def result(self, out):
        return result_of(self.top / out)
