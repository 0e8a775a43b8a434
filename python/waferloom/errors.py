# SPDX-License-Identifier: Apache-2.0
"""What the program's exit statuses become (docs/command-line.md, "Exit status")."""


class WaferloomError(Exception):
    """The program ended with an error. `message` is what it said, `status` its exit status."""

    def __init__(self, message, status=None):
        super().__init__(message)
        self.message = message
        self.status = status


class BadInput(WaferloomError):
    """A scenario, a study, a setting or a directory is not what it should be (exit status 2)."""


class Stuck(WaferloomError):
    """The simulated system made no progress, or ran beyond its limit (exit status 3)."""


class HostResource(WaferloomError):
    """The host ran out of memory, disk or the like (exit status 4)."""


class ProgramFault(WaferloomError):
    """The program crashed: a fault of its own."""


def error_of(status, message):
    """The exception for an exit status that is not 0; a negative one is the signal that ended the program."""
    kinds = {2: BadInput, 3: Stuck, 4: HostResource}
    return kinds.get(status, ProgramFault if status == 70 or status < 0 else WaferloomError)(
        message.strip() or f"waferloom ended with exit status {status}", status)
