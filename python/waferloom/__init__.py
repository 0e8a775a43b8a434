# SPDX-License-Identifier: Apache-2.0
"""Waferloom from Python: run scenarios and studies, read their results as data frames, draw them.

    import waferloom
    run = waferloom.run("smoke", set={"workload.batch": 2})
    run.metric("time"), run.operations, run.plot_time()

The program itself is found as docs/python.md tells. Plots need matplotlib.
"""
from .errors import BadInput, HostResource, ProgramFault, Stuck, WaferloomError
from .program import check, find_program, run, sweep
from .results import Run
from .studies import Study

__all__ = ["BadInput", "HostResource", "ProgramFault", "Run", "Study", "Stuck", "WaferloomError", "check", "find_program",
           "run", "sweep"]
