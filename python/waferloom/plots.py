# SPDX-License-Identifier: Apache-2.0
"""Plots of runs and studies with matplotlib. Each draws into `ax`, or into a new figure, and gives the axes back."""
import matplotlib.pyplot
import numpy

from .errors import WaferloomError
from .units import quantity

# One color a bound, the same in all plots; told apart by those who do not see red and green alike.
BOUND_COLORS = {"compute": "#0072b2", "SRAM": "#56b4e9", "row reduction": "#009e73", "column multicast": "#f0e442",
                "I/O": "#d55e00", "bubble": "#cc79a7", "": "#bbbbbb"}


def _axes(ax, size=(7, 4)):
    return ax if ax is not None else matplotlib.pyplot.subplots(figsize=size, layout="constrained")[1]


def _label(name, unit):
    return name.replace("_", " ") + ("" if unit in ("", "1", None) else f" ({unit})")


def time_by_cause(run, ax=None):
    """A bar for the step and one for each phase: time by the bound of its operations. Where operations overlap, their
    time is shared in proportion, so that a phase's bar is as long as its own time."""
    ax = _axes(ax, (7, 0.5 + 0.45 * (1 + len(run.phases))))
    seconds = run.metric("time")
    bars = [("step", run.time_by_bound * seconds)]
    operations = run.operations
    for _, phase in run.phases.iterrows():
        cycles = operations[operations.phase == phase.phase].groupby("bound").cycles.sum()
        bars.append((phase.phase, cycles / cycles.sum() * phase.own_cycles / run.metric("cycles") * seconds))
    ends = numpy.zeros(len(bars))
    for bound in [b for b in BOUND_COLORS if any(b in parts.index for _, parts in bars)]:
        lengths = numpy.array([parts.get(bound, 0.0) for _, parts in bars])
        ax.barh([name.replace("_", " ") for name, _ in bars], lengths, left=ends, color=BOUND_COLORS[bound], label=bound)
        ends += lengths
    ax.invert_yaxis()
    ax.set_xlabel("time (s)")
    ax.set_title(f"{run.scenario}: time by what bounds it")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return ax


def wafer_map(run, what="links", ax=None):
    """The program's rectangle of the wafer, one cell a tile: how busy links are, or a column of `tiles`."""
    if what == "links":
        values, label = run.link_map(), "busiest link's share of the cycles"
    elif what in ("north", "south", "west", "east", "ramp"):
        values, label = run.link_map(what), f"link {what}: share of the cycles"
    else:
        values, label = run.tile_map(what), _label(what, run.tiles.attrs["units"].get(what))
    ax = _axes(ax, (6, 5))
    x, y = run.map_origin
    rows, columns = values.shape
    image = ax.imshow(values, extent=(x - 0.5, x + columns - 0.5, y + rows - 0.5, y - 0.5), interpolation="nearest",
                      cmap="viridis", vmin=0)
    ax.figure.colorbar(image, ax=ax, label=label)
    ax.set(xlabel="column", ylabel="row", title=run.scenario)
    return ax


def roofline(run, ax=None):
    """Operations of a training step by MACs per byte of SRAM, below the machine's roofs. Rates are of the tiles that the
    program holds. The SRAM's roof lies between its read port alone and both ports, as reads and writes mix."""
    configuration = run.configuration
    pe = configuration["pe"]
    trace = run.result["trace"]
    clock = run.metric("cycles") / run.metric("time")
    tiles = trace["columns"] * trace["rows"]
    layers = run.layers
    sums = layers.groupby(["phase", "operation"], sort=False)[["macs", "cycles", "sram_bytes"]].sum()
    sums = sums[(sums.macs > 0) & (sums.sram_bytes > 0) & (sums.cycles > 0)]
    if sums.empty:
        raise WaferloomError(f"{run.directory}: no operation of {run.scenario} multiplies")
    intensity = sums.macs / sums.sram_bytes
    rate = sums.macs / sums.cycles * clock
    ax = _axes(ax, (7, 5))
    for phase, points in sums.groupby(level="phase", sort=False):
        ax.scatter(intensity[points.index], rate[points.index], s=24, label=phase.replace("_", " "))
    for (_, operation), x, y in zip(sums.index, intensity, rate):
        ax.annotate(operation, (x, y), fontsize=6, xytext=(3, 2), textcoords="offset points")
    peak = tiles * pe[f"{configuration['workload']['precision']}_macs_per_cycle"] * clock
    read, write = (tiles * quantity(pe[port]) * clock for port in ("sram_read", "sram_write"))
    x = numpy.geomspace(intensity.min() / 3, max(intensity.max() * 3, 2 * peak / read), 100)
    ax.plot(x, numpy.minimum(peak, x * (read + write)), color="black", label="peak, SRAM both ports")
    ax.plot(x, numpy.minimum(peak, x * read), color="black", linestyle=":", label="SRAM read port")
    ax.set(xscale="log", yscale="log", xlabel="MAC per byte of SRAM", ylabel="MAC/s", title=f"{run.scenario}: roofline")
    ax.legend(frameon=False, fontsize=8)
    return ax


def _numeric(points, keys):
    return [key for key in keys if numpy.issubdtype(points[key].dtype, numpy.number)]


def study_lines(study, metric, over=None, ax=None):
    points = study.points[study.points.status == "done"]
    _known(metric, study.metrics.index)
    over = over or (_numeric(points, study.columns) or study.columns)[0]
    _known(over, study.columns)
    # A key that follows from the one along x makes no line of its own.
    others = [key for key in study.columns if key != over and points.groupby(over)[key].nunique().max() > 1]
    ax = _axes(ax)
    lines = study.settings.loc[points.index, others].agg(", ".join, axis=1) if others else points.index.map(lambda _: "")
    for name, group in points.groupby(lines, sort=False):
        group = group.sort_values(over)
        ax.plot(group[over], group[metric], marker="o", markersize=4, label=name or None)
    if numpy.issubdtype(points[over].dtype, numpy.number) and points[over].min() > 0 and points[over].max() >= 8 * points[over].min():
        ax.set_xscale("log")
    ax.set(xlabel=over, ylabel=_label(metric, study.metrics[metric]), title=study.result["study"], ylim=(0, None))
    if others:
        ax.legend(frameon=False, fontsize=8, title=", ".join(others))
    return ax


def pareto(study, x=None, y=None, ax=None):
    objectives = list(study.result["objectives"])
    if (x is None or y is None) and len(objectives) < 2:
        raise WaferloomError("the study has fewer than two objectives: name two metrics, x and y")
    x, y = x or objectives[0], y or objectives[1]
    for metric in (x, y):
        _known(metric, study.metrics.index)
    points = study.points[study.points.status == "done"]
    ax = _axes(ax)
    feasible = points.feasible == True  # noqa: E712
    ax.scatter(points[x][~feasible], points[y][~feasible], marker="x", color="#bbbbbb", label="not feasible")
    ax.scatter(points[x][feasible], points[y][feasible], color="#56b4e9", label="feasible")
    front = points[points.pareto == True].sort_values(x)  # noqa: E712
    ax.plot(front[x], front[y], color="#d55e00", marker="o", label="Pareto front of " + ", ".join(objectives))
    for number, point in front.iterrows():
        ax.annotate(str(number), (point[x], point[y]), fontsize=7, xytext=(4, 3), textcoords="offset points")
    ax.set(xlabel=_label(x, study.metrics[x]), ylabel=_label(y, study.metrics[y]), title=study.result["study"])
    ax.legend(frameon=False, fontsize=8)
    return ax


def _known(name, names):
    if name not in names:
        raise WaferloomError(f"expected one of {', '.join(names)}, got {name}")
