# SPDX-License-Identifier: Apache-2.0
"""Units of the columns of the program's tables (docs/results.md). "1" is a share, "" a name, a place or a count of
nothing in particular. A frame carries its own in `frame.attrs["units"]`."""

UNITS = {
    # where and what
    "layer": "", "phase": "", "operation": "", "bound": "", "ties": "", "micro_batch": "", "direction": "", "x": "", "y": "",
    "columns": "tile", "rows": "tile", "tiles": "tile", "channel": "", "record": "", "waits_for": "", "id": "", "name": "",
    "kind": "", "state": "", "quantity": "", "unit": "",
    "value": "",  # of levels: the column `unit` names it
    # time
    "start_cycle": "cycle", "end_cycle": "cycle", "begin_cycle": "cycle", "cycle": "cycle", "cycles": "cycle",
    "own_cycles": "cycle", "busy_cycles": "cycle", "time_s": "s",
    # work and traffic
    "macs": "MAC", "words": "wavelet", "wavelets": "wavelet", "wavelet_hops": "wavelet", "received_wavelets": "wavelet",
    "injected_wavelets": "wavelet", "north": "wavelet", "south": "wavelet", "west": "wavelet", "east": "wavelet",
    "ramp": "wavelet", "bytes_in": "B", "bytes_out": "B", "sram_bytes": "B", "sram_high_water_bytes": "B", "energy_j": "J",
    # shares
    "pe_arithmetic": "1", "pe_sram": "1", "pe_streaming": "1", "busiest_row_link": "1", "busiest_column_link": "1",
    "busiest_input_channel": "1", "busiest_output_channel": "1", "utilization": "1", "busy_share": "1",
    # packet networks
    "load": "flit/node/cycle", "offered": "flit/node/cycle", "accepted": "flit/node/cycle", "unstable": "",
    "latency_mean": "cycle", "latency_p50": "cycle", "latency_p95": "cycle", "latency_p99": "cycle",
    "latency_most": "cycle", "hops_mean": "link", "busiest_link": "1", "packets": "packet",
    "packets_not_arrived": "packet", "flits": "flit", "flit_hops": "flit",
}


def with_units(frame, more=None):
    """The frame, with the units of those of its columns that have one."""
    known = {**UNITS, **(more or {})}
    frame.attrs["units"] = {column: known[column] for column in frame.columns if column in known}
    return frame

_PREFIXES = {"": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
# As the effective configuration writes them; bits are given as bytes.
_BASES = {"Hz": 1, "s": 1, "B": 1, "b": 1 / 8, "bit": 1 / 8, "cycle": 1, "cycles": 1, "B/cycle": 1, "b/s": 1 / 8, "B/s": 1,
          "W": 1, "J": 1, "params/s": 1}


def quantity(text):
    """The number of a quantity of the configuration ("850 MHz", "1.2 Tb/s") in Hz, s, B, B/s, cycles, W or J."""
    number, _, unit = str(text).strip().partition(" ")
    for base, factor in _BASES.items():
        prefix = unit[:len(unit) - len(base)]
        if unit.endswith(base) and prefix in _PREFIXES:
            return float(number) * _PREFIXES[prefix] * factor
    if unit:
        raise ValueError(f"{text}: expected a number with one of the units {', '.join(_BASES)}")
    return float(number)
