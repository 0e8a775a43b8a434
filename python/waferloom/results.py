# SPDX-License-Identifier: Apache-2.0
"""A finished run's directory as data frames and arrays."""
import contextlib
import json
import pathlib
import sqlite3

import numpy
import pandas
import yaml

from .errors import WaferloomError
from .units import with_units

FORMATS = {"waferloom-result", "waferloom-traffic-result"}


def read_json(directory, name, formats):
    """The file of a results directory, if it is whole and one of the formats."""
    path = pathlib.Path(directory) / name
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WaferloomError(f"{directory}: expected a directory of results, got one without {name} "
                             "(what wrote it is not done, or failed)") from None
    except (ValueError, OSError) as error:
        raise WaferloomError(f"{path}: not readable: {error}") from error
    if not isinstance(content, dict) or content.get("format") not in formats:
        raise WaferloomError(f"{path}: expected one of the formats {', '.join(sorted(formats))}, "
                             f"got {content.get('format') if isinstance(content, dict) else 'something else'}")
    return content


class Run:
    """What a run left behind: a training step, a collective or a packet network. Frames are read when asked for."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.result = read_json(directory, "result.json", FORMATS)

    def __repr__(self):
        return f"<waferloom.Run {self.scenario} in {self.directory}>"

    @property
    def scenario(self):
        """The scenario's name."""
        return self.result["scenario"]

    @property
    def configuration(self):
        """The effective configuration, as a scenario file would say it."""
        return yaml.safe_load((self.directory / "scenario.yaml").read_text(encoding="utf-8"))

    def metric(self, name):
        """One metric's value, in its base unit (`metrics` names it). Raises KeyError with those that there are."""
        metrics = self.metrics
        if name not in metrics.index:
            raise KeyError(f"{name}: this run has {', '.join(metrics.index)}")
        return metrics.value[name]

    @property
    def metrics(self):
        """Metrics of the whole run: value and unit by name. Of a packet network: `saturation` of a search, or what was found
        at its one load; `loads` has the others."""
        found = self.result.get("metrics")
        if found is None:  # a packet network: of the search, or of its one load
            found = self.result if "saturation" in self.result else self.result["loads"][0]
        rows = {name: (part["value"], part["unit"]) for name, part in found.items() if isinstance(part, dict) and "unit" in part}
        return pandas.DataFrame.from_dict(rows, orient="index", columns=["value", "unit"]).rename_axis("metric")

    @property
    def phases(self):
        """One row a phase: its time, work, bound and shares of the resources."""
        return _flat(self._part("phases"))

    @property
    def operations(self):
        """One row per layer, phase and operation, as result.json tells it; `layers` says the same and more."""
        return _flat(self._part("operations"))

    @property
    def time_by_bound(self):
        """Share of the run's time by what bound it; what is missing to 1 is time in which nothing was under way."""
        return pandas.Series(self._part("time_by_bound"), name="share of the time").rename_axis("bound")

    @property
    def energy(self):
        """Joules by component."""
        parts = self._part("energy")["components"]
        return pandas.Series({name: part["value"] for name, part in parts.items()}, name="energy_j").rename_axis("component")

    @property
    def layers(self):
        """One row per layer, phase and operation, as layers.csv."""
        return self._csv("layers.csv")

    @property
    def links(self):
        """One row per link that carried wavelets."""
        return self._csv("links.csv")

    @property
    def tiles(self):
        """One row per tile of the program."""
        return self._csv("tiles.csv")

    @property
    def link_samples(self):
        """Links over time, by block of tiles."""
        return self._csv("link_samples.csv")

    @property
    def loads(self):
        """A packet network's results, one row a load."""
        return self._csv("loads.csv")

    @property
    def records(self):
        """One row per record of the trace, with its times."""
        return self.table("records")

    def table(self, name):
        """A table of results.sqlite (docs/results.md lists them)."""
        path = self.directory / "results.sqlite"
        if not path.is_file():
            raise WaferloomError(f"{self.directory}: this run has no database")
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            known = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")]
            if name not in known:
                raise WaferloomError(f"{path}: expected one of the tables {', '.join(known)}, got {name}")
            return with_units(pandas.read_sql_query(f'SELECT * FROM "{name}"', database))

    def link_map(self, direction=None):
        """Share of the cycles in which a tile's links were busy, as an array indexed [y, x] over the columns and rows
        that carried something; `direction` is one of north, south, west, east, ramp, or None for the busiest of a
        tile's links into the fabric. What carried nothing is 0. The array's place: `map_origin`."""
        links = self.links
        chosen = links[links.direction != "ramp"] if direction is None else links[links.direction == direction]
        if direction is not None and chosen.empty and direction not in ("north", "south", "west", "east", "ramp"):
            raise WaferloomError(f"direction: expected north, south, west, east or ramp, got {direction}")
        return self._array(chosen.x, chosen.y, chosen.utilization)

    def tile_map(self, column="busy_share"):
        """A column of `tiles` as an array indexed [y, x]; nan outside of the program. The array's place: `map_origin`."""
        tiles = self.tiles
        if column not in tiles.columns[2:]:
            raise WaferloomError(f"column: expected one of {', '.join(tiles.columns[2:])}, got {column}")
        return self._array(tiles.x, tiles.y, tiles[column], outside=numpy.nan)

    @property
    def map_origin(self):
        """(x, y) on the wafer of the first element of link_map and tile_map."""
        x, y, _, _ = self._extent()
        return x, y

    def plot_time(self, ax=None):
        """The step's time by what bound it, phase by phase."""
        from . import plots
        return plots.time_by_cause(self, ax)

    def plot_map(self, what="links", ax=None):
        """The wafer: `links`, a direction of links, or a column of `tiles`."""
        from . import plots
        return plots.wafer_map(self, what, ax)

    def plot_roofline(self, ax=None):
        """Operations below the roofs of arithmetic, SRAM and I/O."""
        from . import plots
        return plots.roofline(self, ax)

    def _part(self, name):
        if name not in self.result:
            raise WaferloomError(f"{self.directory}: the result of {self.scenario} has no {name}; it has "
                                 f"{', '.join(self.result)}")
        return self.result[name]

    def _csv(self, name):
        path = self.directory / name
        if not path.is_file():
            raise WaferloomError(f"{self.directory}: the run of {self.scenario} has no {name}")
        frame = pandas.read_csv(path, keep_default_na=False, na_values={"layer": [""], "micro_batch": [""]})
        for column in frame.columns.intersection(["layer", "micro_batch"]):
            frame[column] = frame[column].astype("Int64")
        return with_units(frame)

    def _extent(self):
        """First column and row, and numbers of columns and rows, of all tiles and links."""
        places = pandas.concat([self.tiles[["x", "y"]], self.links[["x", "y"]]])
        x, y = int(places.x.min()), int(places.y.min())
        return x, y, int(places.x.max()) - x + 1, int(places.y.max()) - y + 1

    def _array(self, x, y, values, outside=0.0):
        first_x, first_y, columns, rows = self._extent()
        array = numpy.full((rows, columns), outside)
        place = (y.to_numpy() - first_y, x.to_numpy() - first_x)
        if numpy.isnan(outside):
            array[place] = values.to_numpy()
        else:
            numpy.maximum.at(array, place, values.to_numpy())
        return array


def _flat(rows):
    """Rows of result.json: quantities become their values, the shares of `utilization` columns of their own."""
    flat, units = [], {}
    for row in rows:
        values = {}
        for key, part in row.items():
            if isinstance(part, dict) and "unit" in part:
                values[key], units[key] = part["value"], part["unit"]
            elif isinstance(part, dict):
                values.update(part)
            else:
                values[key] = part
        flat.append(values)
    return with_units(pandas.DataFrame(flat), units)
