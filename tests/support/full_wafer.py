# SPDX-License-Identifier: Apache-2.0
"""Writes a results directory of a made-up run on a full wafer, for tests of the report at scale.

usage: full_wafer.py DIR
"""
import csv
import json
import math
import pathlib
import random
import sys

WIDTH, HEIGHT, PROGRAM = 757, 996, (4, 1, 750, 994)
LAYERS, OPERATIONS = 24, ("attention_norm", "qkv", "attention", "projection", "mlp_norm", "mlp_up", "mlp_down")
BOUNDS = ("compute", "SRAM", "row reduction", "column multicast", "I/O", "bubble")
CLOCK = 850e6


def write_layers(directory, chance):
    rows, cycle = [], 0
    for phase, order in (("forward", 1), ("backward_input", -1), ("backward_weight", -1)):
        start = cycle
        for layer in range(LAYERS)[::order]:
            for operation in OPERATIONS[::order]:
                length = chance.randrange(20_000, 90_000)
                shares = [round(chance.random(), 6) for _ in range(7)]
                rows.append([layer, phase, operation, start, start + length, length, length / CLOCK, length * 10 ** 6, *shares,
                             chance.choice(BOUNDS), 5 * 10 ** 6, 10 ** 6 if phase == "backward_weight" else 0, length * 10 ** 7])
                start += length * 9 // 10
        cycle = start if phase == "forward" else cycle
    with open(directory / "layers.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow("layer phase operation start_cycle end_cycle cycles time_s macs pe_arithmetic pe_sram pe_streaming busiest_row_link busiest_column_link "
                     "busiest_input_channel busiest_output_channel bound bytes_in bytes_out sram_bytes".split())
        out.writerows(rows)
    return max(row[4] for row in rows)


def write_tiles_and_links(directory, cycles, chance):
    x0, y0, width, height = PROGRAM
    with open(directory / "tiles.csv", "w", encoding="utf-8") as tiles, open(directory / "links.csv", "w", encoding="utf-8") as links:
        tiles.write("x,y,busy_cycles,busy_share,received_wavelets,injected_wavelets,sram_high_water_bytes\n")
        links.write("x,y,direction,wavelets,utilization\n")
        for y in range(y0, y0 + height):
            for x in range(x0, x0 + width):
                noise = chance.getrandbits(60)  # the worst case for packing: nothing repeats
                busy = int(cycles * (0.4 + 0.3 * math.sin(x / 90) * math.cos(y / 70))) + noise % 20011
                tiles.write(f"{x},{y},{busy},{busy / cycles:.6f},{busy // 3 + noise % 10007},{busy // 5 + noise % 1009},"
                            f"{30000 + noise % 9973}\n")
                for k, side in enumerate(("north", "south", "west", "east", "ramp")):
                    sent = busy // (2 + k) + (noise >> 10 * k) % 1021
                    links.write(f"{x},{y},{side},{sent},{sent / cycles:.6f}\n")


def write_samples(directory, cycles, chance):
    length = cycles // 60
    x0, y0, width, height = PROGRAM[0] - 1, PROGRAM[1] - 1, PROGRAM[2] + 2, PROGRAM[3] + 1
    with open(directory / "link_samples.csv", "w", encoding="utf-8") as samples:
        samples.write("begin_cycle,end_cycle,x,y,columns,rows,north,south,west,east\n")
        for begin in range(0, cycles, length):
            for y in range(0, height, 16):
                for x in range(0, width, 12):
                    columns, rows = min(12, width - x), min(16, height - y)
                    most = columns * rows * (min(begin + length, cycles) - begin)
                    sent = [int(most * (0.3 + 0.2 * math.sin(x / 90 + begin / cycles * 9 + k))) + chance.randrange(most // 50 + 1) for k in range(4)]
                    samples.write(f"{begin},{min(begin + length, cycles)},{x0 + x},{y0 + y},{columns},{rows},{','.join(map(str, sent))}\n")


def write_result(directory, cycles):
    def metric(value, unit):
        return {"value": value, "unit": unit}
    shares = {name: 0.5 for name in ("pe_arithmetic", "pe_sram", "pe_streaming", "busiest_row_link", "busiest_column_link", "busiest_input_channel",
                                     "busiest_output_channel")}
    time, tokens = cycles / CLOCK, 121 * 2048
    result = {
        "format": "waferloom-result", "version": "0", "scenario": "full-wafer <b>&", "fidelity": "burst", "seed": 1,
        "folded": [], "approximations": ["made up"],
        "trace": {"model": "gpt3-xl", "strategy": "weight_streaming", "columns": PROGRAM[2], "rows": PROGRAM[3], "batch": 121,
                  "sequence": 2048, "tokens": tokens, "parameters": 1_300_000_000, "description": ""},
        "metrics": {"time": metric(time, "s"), "cycles": metric(cycles, "cycle"), "tokens_per_second": metric(tokens / time, "1/s"),
                    "sustained_flops": metric(1e15, "FLOP/s"), "share_of_peak": metric(0.4, "1"),
                    "bytes_in": metric(5 * 10 ** 9, "B"), "bytes_out": metric(3 * 10 ** 9, "B"),
                    "wavelet_hops": metric(10 ** 13, "wavelet"), "wavelets_delivered": metric(10 ** 12, "wavelet"),
                    "sram_high_water": metric(40000, "B")},
        "phases": [{"phase": "forward", "time": metric(time / 3, "s"), "cycles": metric(cycles // 3, "cycle"), "bound": "I/O",
                    "utilization": shares}],
        "operations": [],
        "energy": {"total": metric(12.5, "J"), "components": {"pe": metric(7.0, "J"), "fabric": metric(3.5, "J"), "io": metric(2.0, "J")},
                   "average_power": metric(15000.0, "W")},
        "configuration": {"name": "full-wafer", "hardware_name": "wse2", "fabric": {
            "width": WIDTH, "height": HEIGHT, "reticle_width": 108, "reticle_height": 83,
            "program": dict(zip(("x", "y", "width", "height"), PROGRAM))},
            "pe": {"clock": "850 MHz", "sram": "48 KiB", "reserved": "4 KiB", "mixed_macs_per_cycle": 2, "sram_read": "16 B/cycle",
                   "sram_write": "8 B/cycle"}, "io": {"bandwidth": "1.2 Tb/s", "channels": 60},
            "workload": {"precision": "mixed", "layers": "all", "phases": "all"}}}
    (directory / "result.json").write_text(json.dumps(result), encoding="utf-8")


def write(directory):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True)
    chance = random.Random(1)
    cycles = write_layers(directory, chance)
    write_tiles_and_links(directory, cycles, chance)
    write_samples(directory, cycles, chance)
    write_result(directory, cycles)


if __name__ == "__main__":
    write(sys.argv[1])
