# SPDX-License-Identifier: Apache-2.0
"""A study's directory as data frames."""
import pathlib

import pandas

from .errors import WaferloomError
from .results import Run, read_json
from .units import with_units


class Study:
    """What `waferloom sweep` left behind."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.result = read_json(directory, "study.json", {"waferloom-study-result"})

    def __repr__(self):
        return f"<waferloom.Study {self.result['study']} in {self.directory}, {len(self.result['points'])} points>"

    @property
    def columns(self):
        """The keys that vary."""
        return list(self.result["columns"])

    @property
    def metrics(self):
        """The unit of each metric."""
        return pandas.Series(self.result["units"], name="unit").rename_axis("metric")

    @property
    def points(self):
        """One row a point, indexed by its number: status, each key's value (a number in its base unit where the key is a
        quantity, else its text), each metric (nan where the point failed), bound, feasible, pareto, message."""
        rows = []
        for point in self.result["points"]:
            row = {"point": point["point"], "status": point["status"]}
            for key, setting in point["settings"].items():
                row[key] = setting["text"] if setting["number"] is None else setting["number"]
            metrics = point.get("metrics", {})
            row.update({name: metrics.get(name) for name in self.result["metrics"]})
            row.update({name: point.get(name) for name in ("bound", "feasible", "pareto", "message")})
            rows.append(row)
        frame = pandas.DataFrame(rows).set_index("point")
        for name in self.result["metrics"]:
            frame[name] = pandas.to_numeric(frame[name])
        return with_units(frame, self.result["units"])

    @property
    def settings(self):
        """The keys of each point as the study says them ("80 Gb/s"), indexed by point."""
        rows = {point["point"]: {key: setting["text"] for key, setting in point["settings"].items()}
                for point in self.result["points"]}
        return pandas.DataFrame.from_dict(rows, orient="index").rename_axis("point")

    @property
    def shares(self):
        """Share of each point's time by what bound it, indexed by point."""
        rows = {point["point"]: point.get("shares", {}) for point in self.result["points"]}
        return pandas.DataFrame.from_dict(rows, orient="index").fillna(0.0).rename_axis("point")

    @property
    def sensitivity(self):
        """Per axis and metric: elasticity at the base point, and largest over smallest value along the axis."""
        return pandas.DataFrame([{**row, "axis": ", ".join(row["axis"])} for row in self.result["sensitivity"]])

    def best(self, metric=None):
        """The row of `points` that is best for an objective; the first one where none is named."""
        best = self.result["best"]
        if not best:
            raise WaferloomError(f"{self.directory}: the study has no objective, or no feasible point")
        if metric is not None and metric not in best:
            raise WaferloomError(f"metric: expected one of {', '.join(best)}, got {metric}")
        return self.points.loc[best[metric or next(iter(best))]]

    @property
    def pareto(self):
        """The points on the Pareto front of the objectives."""
        points = self.points
        return points[points.pareto == True]  # noqa: E712 (None where a point failed)

    def run(self, point):
        """The Run of a point; the study must have kept it (`keep: runs`)."""
        directory = self.directory / "points" / f"{point:06d}" / "run"
        if not (directory / "result.json").is_file():
            raise WaferloomError(f"{directory}: the study kept no run of point {point}; `keep: runs` in its file does")
        return Run(directory)

    def plot(self, metric, over=None, ax=None):
        """A metric over one key, a line for each combination of the others."""
        from . import plots
        return plots.study_lines(self, metric, over, ax)

    def plot_pareto(self, x=None, y=None, ax=None):
        """Two metrics against each other, with the Pareto front; the first two objectives where none are named."""
        from . import plots
        return plots.pareto(self, x, y, ax)
