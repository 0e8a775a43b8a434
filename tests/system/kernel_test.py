# SPDX-License-Identifier: Apache-2.0
"""Runs of kernels: their cycles against closed forms and published figures, their numbers against a calculation here.

usage: kernel_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import cmath
import pathlib
import sys

import jsonschema
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, SOURCE, json_of, main, result_of, rows_of, run_program, sets, waferloom  # noqa: E402

KERNELS = SOURCE / "scenarios" / "kernels"


class Kernels(InDirectory):
    def run_kernel(self, kernel, *settings, name=None, options=(), **parameters):
        """Runs a ready kernel (by name) or a file; gives its directory."""
        path = kernel if isinstance(kernel, pathlib.Path) else KERNELS / f"{kernel}.yaml"
        out = self.top / (name or f"out{len(list(self.top.iterdir()))}")
        given = [f"workload.parameters.{key}={value}" for key, value in parameters.items()]
        run_program("run", path, "--out", out, *sets(*settings, *given), *options, cwd=self.top)
        return out

    def cycles(self, kernel, *settings, **parameters):
        return result_of(self.run_kernel(kernel, *settings, **parameters))["metrics"]["cycles"]["value"]

    def values(self, out, buffer):
        """{(x, y): [numbers]} of a buffer."""
        found = {}
        for row in rows_of(out / "values.csv"):
            if row["buffer"] == buffer:
                found.setdefault((int(row["x"]), int(row["y"])), []).append(float(row["value"]))
        return found


class Ready(Kernels):
    """The kernels of scenarios/kernels."""

    def test_reduce_takes_the_published_cycles_for_any_group(self):
        published = {4096: {512: 7218, 2: 10055, 4: 9421, 16: 8989, 32: 8973, 128: 9297, 256: 9800}, 64: {512: 3186}}
        for length, by_group in published.items():
            for group, expected in by_group.items():
                got = self.cycles("reduce", "hardware=wse2", P=512, S=group, N=length, startup=56)
                self.assertLessEqual(abs(got - expected), 6 if group == 2 else 3, (length, group, got, expected))
        for length, expected in {1: 955, 2: 957, 16: 985, 128: 1209, 1024: 3001, 8192: 17337}.items():
            got = self.cycles("reduce", "hardware=wse2", P=512, S=32, N=length, startup=56, forward=0)
            self.assertEqual(expected, got + 135, "the end of the vendor's simulation")

    def test_reduce_lands_as_often_as_published(self):
        for group, expected in {4: 5747200, 16: 6091648, 32: 6091712, 128: 5747696, 256: 5231608, 512: 4186112}.items():
            metrics = result_of(self.run_kernel("reduce", "hardware=wse2", P=512, S=group, N=4096))["metrics"]
            self.assertEqual(expected, metrics["wavelet_hops"]["value"] + metrics["wavelets_injected"]["value"], group)

    def test_reduce_sums_up(self):
        for tiles, group in ((64, 8), (50, 7), (17, 5), (9, 9), (6, 1), (8, 2), (33, 32)):
            out = self.run_kernel("reduce", P=tiles, S=group, N=9)
            expected = [sum(x + i % 7 for x in range(tiles)) for i in range(9)]
            self.assertEqual({(0, 0): expected}, self.values(out, "own"), (tiles, group))

    def test_relay_stores_and_forwards(self):
        out = self.run_kernel("relay", N=5, B=20)
        self.assertEqual(list(range(20)), self.values(out, "data")[(5, 0)])
        # A stage: its wavelets, both ramps, the hop, and the cycle in which the last one is worked on.
        self.assertEqual(5 * (20 + 6), result_of(out)["metrics"]["cycles"]["value"])

    def test_latency_grows_by_a_cycle_a_hop(self):
        near, middle, far = (self.cycles("latency", D=distance, R=10) for distance in (1, 8, 60))
        self.assertEqual((10 * 2 * 7, 10 * 2 * 52), (middle - near, far - middle))
        # There and back without hops: a cycle of work and both ramps each way, and two until the token, one element, leaves.
        self.assertLessEqual(abs(near - 10 * (2 + 10 + 2)), 10)

    def test_a_tile_that_takes_and_sends_works_on_one_wavelet_a_cycle(self):
        self.assertLessEqual(abs(self.cycles("bandwidth", P=16, B=1000) - 2000), 10)

    def test_relay_takes_what_the_vendors_simulator_shows(self):
        for stages, wavelets in ((4, 64), (16, 16), (16, 256)):
            got = self.cycles("relay", "hardware=wse3-sdk", N=stages, B=wavelets)
            expected = 1.001 * stages * wavelets + 16.1 * stages + 16.5
            self.assertLess(abs(got - expected), 0.02 * expected + 17, (stages, wavelets, got, expected))

    def test_summa_multiplies(self):
        for tiles, edge in ((1, 5), (2, 4), (4, 7)):
            out = self.run_kernel("summa", P=tiles, T=edge)
            n = tiles * edge
            a = [[c % 3 + r % 5 for c in range(n)] for r in range(n)]
            b = [[c % 4 - r % 3 for c in range(n)] for r in range(n)]
            for (x, y), numbers in self.values(out, "C").items():
                expected = [sum(a[y * edge + i % edge][k] * b[k][x * edge + i // edge] for k in range(n)) for i in range(edge * edge)]
                self.assertEqual(expected, numbers, (tiles, x, y))

    def test_meshgemm_multiplies(self):
        for tiles, edge in ((2, 6), (3, 4), (4, 3), (5, 1), (6, 5), (7, 3)):
            out = self.run_kernel("meshgemm", P=tiles, T=edge)
            n = tiles * edge
            ring = [place // 2 if place % 2 == 0 else tiles - 1 - place // 2 for place in range(tiles)]
            a = [[c % 3 - r % 2 for c in range(n)] for r in range(n)]
            b = [[c % 2 + r % 3 - 1 for c in range(n)] for r in range(n)]
            for (x, y), numbers in self.values(out, "C").items():
                expected = [sum(a[ring[y] * edge + i % edge][k] * b[k][ring[x] * edge + i // edge] for k in range(n))
                            for i in range(edge * edge)]
                self.assertEqual(expected, numbers, (tiles, x, y))

    def test_summa_multiplies_while_it_broadcasts(self):
        for tiles, edge in ((3, 1), (4, 5), (5, 4), (7, 3)):
            for hardware in ("mesh64", "wse3"):
                out = self.run_kernel("summa_overlap", f"hardware={hardware}", P=tiles, T=edge)
                n = tiles * edge
                a = [[c % 3 - r % 2 for c in range(n)] for r in range(n)]
                b = [[c % 2 + r % 3 - 1 for c in range(n)] for r in range(n)]
                for (x, y), numbers in self.values(out, "C").items():
                    expected = [sum(a[y * edge + i % edge][k] * b[k][x * edge + i // edge] for k in range(n)) for i in range(edge * edge)]
                    self.assertEqual(expected, numbers, (hardware, tiles, x, y))

    def test_summa_takes_the_published_cycles_a_step(self):
        # Of a CS-3 at 180, 360, 540 and 720 tiles an edge; scalar code is from the first.
        for edge, published in {12: 249021 / 180, 6: 213821 / 360, 4: 238153 / 540, 3: 280520 / 720}.items():
            many, few = (self.cycles("summa_overlap", "hardware=wse3", P=24, T=edge, steps=steps) for steps in (20, 12))
            self.assertLess(abs((many - few) / 8 / published - 1), 0.05, edge)

    def test_gemv_sums_up_on_all_tiles(self):
        out = self.run_kernel("gemv_allreduce", P=5, M=3, N=4)
        expected = [sum(((r + 2 * c) % 3 - 1) * (c % 4) for c in range(20)) for r in range(15)]
        for (x, y), numbers in self.values(out, "y_all").items():
            self.assertEqual(expected[3 * y:3 * y + 3], numbers, (x, y))

    def test_meshgemv_multiplies_for_any_group(self):
        # Groups of one tile, of one size, with a shorter last one, and a single one; as often as there are repetitions.
        for rows, columns, edge, group, again in ((1, 1, 1, 1, 1), (1, 3, 5, 15, 1), (3, 1, 2, 2, 1), (7, 2, 5, 3, 2), (16, 1, 4, 15, 3),
                                                  (13, 1, 1, 1, 2), (13, 2, 9, 13, 1), (17, 1, 3, 100, 1), (31, 2, 3, 15, 2)):
            out = self.run_kernel("meshgemv", "hardware=wse3", P=rows, columns=columns, T=edge, G=group, R=again)
            sums = self.values(out, "sum")
            self.assertEqual(rows * columns, len(sums))
            for (x, y), numbers in sums.items():
                self.assertEqual([sum(k % 4 * ((k + 2 * (x * edge + j)) % 3 - 1) for k in range(rows * edge)) for j in range(edge)],
                                 numbers, (rows, edge, group, x, y))

    def test_meshgemv_takes_the_published_cycles(self):
        # Of a CS-3; scalar code is from the first.
        for (rows, edge), published in {(120, 36): 1026, (240, 18): 989, (240, 60): 2126, (480, 9): 1455, (600, 24): 1952}.items():
            many, few = (self.cycles("meshgemv", "hardware=wse3", P=rows, T=edge, R=again, code=158) for again in (4, 2))
            self.assertLess(abs((many - few) / 2 / published - 1), 0.1, (rows, edge))

    def test_gemv_calls_collectives(self):
        alone = self.cycles("gemv", call=0, middle=0, scalar=0)
        # Scatters of 32 and 16 elements, a broadcast, four vector operations, a chain and a gather of 32 elements.
        self.assertTrue(32 + 16 + 4 * 14 + 32 < alone < 32 + 16 + 4 * 14 + 32 + 80, alone)
        self.assertEqual(alone + 5 * 100, self.cycles("gemv", call=100, middle=0, scalar=0))
        self.assertEqual(alone + 5 * 100 + 50, self.cycles("gemv", call=100, middle=50, scalar=0))

    def test_the_librarys_code_is_one_figure_for_all_sizes(self):
        # Of the vendor's simulator; a call's scalar code is from two tiles an edge, that of tiles between others from four.
        for tiles, published in {2: 3212, 4: 3670, 8: 3921}.items():
            self.assertLess(abs(self.cycles("gemv", "hardware=wse3-sdk", P=tiles) / published - 1), 0.02, tiles)
        for (tiles, edge), published in {(2, 14): 25712, (4, 14): 51431, (4, 30): 2 * 156474}.items():
            self.assertLess(abs(self.cycles("summa", "hardware=wse3-sdk", P=tiles, T=edge) / published - 1), 0.01, (tiles, edge))

    def test_blocks_of_columns_go_through_the_directions(self):
        # Blocks that divide the column and that do not, longer than it, and tiles without some neighbours.
        for width, height, depth, block in ((4, 3, 6, 2), (5, 5, 5, 2), (2, 2, 3, 7), (3, 4, 9, 9), (2, 5, 7, 1)):
            x = lambda c, r, z: (c + 2 * r + 3 * z) % 7 if 0 <= c < width and 0 <= r < height and 0 <= z < depth else 0
            out = self.run_kernel("stencil7_blocks", W=width, H=height, Z=depth, B=block)
            found = self.values(out, "y_own")
            self.assertEqual(width * height, len(found))
            for (c, r), numbers in found.items():
                self.assertEqual([6 * x(c, r, z) - x(c - 1, r, z) - 2 * x(c + 1, r, z) - 3 * x(c, r + 1, z) - 4 * x(c, r - 1, z)
                                  - 5 * x(c, r, z - 1) - 6 * x(c, r, z + 1) for z in range(depth)], numbers, (width, height, depth, block, c, r))
        # Of the vendor's simulator; scalar code is from 60 cells.
        for (depth, block), published in {(60, 2): 17134, (5, 2): 2129, (5, 5): 1076}.items():
            self.assertLess(abs(self.cycles("stencil7_blocks", "hardware=wse3-sdk", Z=depth, B=block) / published - 1), 0.05, (depth, block))

    def test_cells_are_summed_up_one_by_one(self):
        for columns, rows, edge, iterations in ((2, 2, 4, 1), (3, 2, 3, 3), (1, 1, 5, 2), (1, 3, 1, 2)):
            width, height = columns * edge, rows * edge
            u = {(c, r): 64.0 * ((3 * (c + 1) + 5 * (r + 1)) % 7) for c in range(width) for r in range(height)}
            for _ in range(iterations):
                u = {(c, r): sum(u.get(at, 0) for at in ((c - 1, r), (c + 1, r), (c, r - 1), (c, r + 1))) / 4 for c, r in u}
            out = self.run_kernel("laplacian_cells", W=columns, H=rows, T=edge, I=iterations)
            for (x, y), numbers in self.values(out, "u").items():
                for i in range(edge * edge):
                    place = (i // edge + 1) * (edge + 2) + i % edge + 1
                    self.assertAlmostEqual(u[x * edge + i % edge, y * edge + i // edge], numbers[place], 3)
        for edge, published in {4: 1274, 16: 25195}.items():
            self.assertLess(abs(self.cycles("laplacian_cells", "hardware=wse3-sdk", T=edge) / published - 1), 0.01, edge)

    def test_numbers_do_not_depend_on_how_long_things_take(self):
        slow = ("pe.stream_setup=10000 cycles", "pe.task_wake=500 cycles", "fabric.link_time=1.5 cycles", "fabric.hop_latency=7 cycles",
                "fabric.queue_depth=1", "pe.input_queues=[1, 1, 1, 1, 1, 1, 1, 1]", "pe.output_queues=[1, 1, 1, 1, 1, 1]")
        for kernel, parameters in {"laplacian_cells": {"W": 3, "H": 3, "T": 6, "I": 3, "cell_unrolled": 0},
                                   "laplacian": {"W": 3, "H": 3, "T": 6}, "stencil5_tiled": {"W": 3, "H": 3, "T": 6, "I": 3},
                                   "stencil7": {"I": 2}, "stencil7_blocks": {}, "stencil25": {}, "meshgemm": {}, "summa": {}, "fft": {},
                                   "power": {}}.items():
            as_it_is, slowed = self.run_kernel(kernel, **parameters), self.run_kernel(kernel, *slow, **parameters)
            self.assertEqual((as_it_is / "values.csv").read_text(), (slowed / "values.csv").read_text(), kernel)

    def test_exchanges_do_not_live_on_the_depth_of_queues(self):
        shallow = ("fabric.queue_depth=1", "pe.input_queues=[1, 1, 1, 1, 1, 1, 1, 1]", "pe.output_queues=[1, 1, 1, 1, 1, 1]")
        for kernel, parameters in {"laplacian_cells": {"W": 4, "H": 4, "T": 40, "I": 2}, "laplacian": {"W": 4, "H": 4, "T": 40},
                                   "stencil5_tiled": {"T": 40}, "stencil7": {"Z": 400}, "stencil7_blocks": {"Z": 400, "B": 200},
                                   "stencil25": {"Z": 200, "R": 8}, "meshgemm": {"T": 30}, "summa": {"T": 30}, "summa_overlap": {"T": 30},
                                   "power": {"N": 40}, "fft": {"n": 256}, "gemv": {"M": 90, "N": 90}, "gemv_allreduce": {"M": 90, "N": 90},
                                   "meshgemv": {"T": 90}, "reduce": {"N": 2000}, "bandwidth": {"B": 2000}, "relay": {"B": 2000}}.items():
            self.assertGreater(self.cycles(kernel, *shallow, **parameters), 0, kernel)

    def test_cells_at_the_edge_keep_their_value(self):
        for columns, rows, edge, iterations in ((2, 2, 4, 1), (3, 1, 2, 3)):
            width, height = columns * edge, rows * edge
            u = {(c, r): 64.0 * ((3 * (c + 1) + 5 * (r + 1)) % 7) for c in range(width) for r in range(height)}
            for _ in range(iterations):
                u = {(c, r): sum(u[at] for at in ((c - 1, r), (c + 1, r), (c, r - 1), (c, r + 1))) / 4
                     if 0 < c < width - 1 and 0 < r < height - 1 else u[c, r] for c, r in u}
            out = self.run_kernel("laplacian_cells", W=columns, H=rows, T=edge, I=iterations, keeps=1)
            for (x, y), numbers in self.values(out, "u").items():
                for i in range(edge * edge):
                    place = (i // edge + 1) * (edge + 2) + i % edge + 1
                    self.assertAlmostEqual(u[x * edge + i % edge, y * edge + i // edge], numbers[place], 3)

    def solve(self, method, columns, rows, depth, iterations):
        """x after iterations of a solver with the 7-point stencil, by cell, as the kernel krylov has it."""
        cells = [(c, r, z) for r in range(rows) for c in range(columns) for z in range(depth)]
        weights = [-1 - i if method == 0 else -1 for i in range(6)]
        sides = ((-1, 0, 0), (1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, -1), (0, 0, 1))

        def product(v):
            return {at: (6 + (at[0] if method == 3 else 0)) * v[at]
                    + sum(weight * v.get((at[0] + c, at[1] + r, at[2] + z), 0) for weight, (c, r, z) in zip(weights, sides)) for at in cells}

        def dot(a, b):
            return sum(a[at] * b[at] for at in cells)

        def plus(a, factor, b):
            return {at: a[at] + factor * b[at] for at in cells}

        x = {at: float(0 if method == 3 else i + 100) for i, at in enumerate(cells)}
        if method == 0:
            for _ in range(iterations):
                y = product(x)
                x = {at: y[at] / dot(y, y) ** 0.5 for at in cells}
            return x
        b = {at: i + 1.0 for i, at in enumerate(cells)}
        r = first = p = plus(b, -1, product(x))
        rho = dot(r, r)
        for k in range(iterations):
            if method == 3:
                v = product(p)
                alpha = rho / dot(first, v)
                s = plus(r, -alpha, v)
                t = product(s)
                omega = dot(t, s) / dot(t, t)
                x = plus(plus(x, alpha, p), omega, s)
                r = plus(s, -omega, t)
                before, rho = rho, dot(first, r)
                p = plus(r, rho / before * alpha / omega, plus(p, -omega, v))
                continue
            z = {at: r[at] / 6 for at in cells} if method == 2 else r
            before, rho = rho, dot(r, z)
            p = plus(z, rho / before, p) if k > 0 else z
            w = product(p)
            alpha = rho / dot(w, p)
            x, r = plus(x, alpha, p), plus(r, -alpha, w)
        return x

    def test_solvers_solve(self):
        for method in range(4):
            for columns, rows, depth, block, iterations in ((5, 4, 5, 2, 3), (2, 2, 2, 1, 1), (2, 6, 3, 3, 2)):
                expected = self.solve(method, columns, rows, depth, iterations)
                found = self.values(self.run_kernel("krylov", method=method, W=columns, H=rows, Z=depth, B=block, I=iterations), "xps")
                largest = max(abs(number) for number in expected.values())
                self.assertEqual(columns * rows, len(found))
                for (c, r), numbers in found.items():
                    for z in range(depth):
                        self.assertLess(abs(expected[c, r, z] - numbers[z]), 1e-4 * largest, (method, columns, rows, c, r, z))
        # Of the vendor's simulator; laying routes is from the first.
        for (method, iterations), published in {(0, 10): 43436, (1, 2): 11635, (2, 2): 13826, (3, 6): 59385}.items():
            self.assertLess(abs(self.cycles("krylov", "hardware=wse3-sdk", method=method, I=iterations) / published - 1), 0.05, method)

    def test_the_residual_is_the_largest_difference(self):
        path = SOURCE / "validation" / "data" / "kernels" / "residual.yaml"
        for rows, columns in ((3, 2), (1, 1), (5, 7)):
            a = [[(3 * r + 5 * c) % 7 - 2 for c in range(2 * columns)] for r in range(2 * rows)]
            expected = max(abs(r + 1 - sum(a[r][c] * (c + 1) for c in range(2 * columns))) for r in range(2 * rows))
            self.assertEqual({(1, 0): [expected]}, self.values(self.run_kernel(path, M=rows, N=columns), "norm"), (rows, columns))

    def test_each_turn_takes_its_time(self):
        path = SOURCE / "validation" / "data" / "kernels" / "turn.yaml"
        for hardware, turn in (("wse2", 0), ("wse3", 20), ("wse3-sdk", 33)):
            taken = [self.cycles(path, f"hardware={hardware}", turns=turns) for turns in range(4)]
            self.assertEqual([taken[0] + turn * turns for turns in range(4)], taken, hardware)

    def test_exchanges_join_by_activating_and_unblocking(self):
        path = SOURCE / "validation" / "data" / "kernels" / "spada.yaml"
        u = lambda x, y, i: (x + 3 * y + 2 * i) % 5
        for kind, width, height, length in ((0, 2, 2, 5), (1, 5, 4, 4), (1, 2, 1, 9), (2, 6, 6, 4), (2, 3, 3, 3), (2, 4, 7, 12)):
            found = self.values(self.run_kernel(path, kind=kind, W=width, H=height, K=length), "result")
            self.assertEqual({0: width * height, 1: (width - 1) * height, 2: (width - 2) * (height - 2)}[kind], len(found))
            for (x, y), numbers in found.items():
                expected = {0: lambda i: u(x, y, i), 1: lambda i: 2 * u(x, y, i) - u(x - 1, y, i),
                            2: lambda i: u(x - 1, y, i) + u(x + 1, y, i) + u(x, y - 1, i) + u(x, y + 1, i) - 4 * u(x, y, i)}[kind]
                self.assertEqual([expected(i) for i in range(length)], numbers, (kind, width, height, x, y))

    def test_stencils_compute(self):
        width, height = 6, 7
        u = {(x, y): 16.0 * ((x + 2 * y) % 4) for x in range(width) for y in range(height)}
        out = self.run_kernel("stencil5", W=width, H=height, I=4)
        for _ in range(4):
            u = {(x, y): u[x, y] / 2 + (u[x - 1, y] + u[x + 1, y] + u[x, y - 1] + u[x, y + 1]) / 8
                 if 0 < x < width - 1 and 0 < y < height - 1 else u[x, y] for x, y in u}
        for place, numbers in self.values(out, "u").items():
            self.assertAlmostEqual(u[place], numbers[0], 4)

    def test_wavelets_activate_tasks(self):
        width, height = 6, 7
        u = {(x, y): 16.0 * ((x + 2 * y) % 4) for x in range(width) for y in range(height)}
        out = self.run_kernel("stencil5_tasks", W=width, H=height, I=4)
        for _ in range(4):
            u = {(x, y): (u[x - 1, y] + u[x + 1, y] + u[x, y - 1] + u[x, y + 1]) / 4
                 if 0 < x < width - 1 and 0 < y < height - 1 else u[x, y] for x, y in u}
        for place, numbers in self.values(out, "u").items():
            self.assertAlmostEqual(u[place], numbers[0], 4)
        # Wavelets of several colors that come before any of their tasks runs are each their own task's.
        out = self.run_kernel("stencil5_tasks", "hardware=wse3", W=5, H=5, I=3, name="late")
        self.assertEqual(25, len(self.values(out, "u")))
        self.assertEqual(self.values(self.run_kernel("stencil5_tasks", W=5, H=5, I=3), "u"), self.values(out, "u"))

    def test_synchronous_operations_have_no_set_up(self):
        # Nine operations of a cycle each and the stated code, as nothing is waited for.
        for hardware, loop, expected in (("wse2", 3, 12), ("wse3-sdk", 8, 17)):
            many, few = (self.cycles("stencil5", f"hardware={hardware}", "pe.issue_latency=0 cycles", W=3, H=3, I=count, loop=loop) for count in (60, 20))
            self.assertEqual(expected * 40, many - few, hardware)

    def test_single_elements_leave_later_than_they_are_issued(self):
        # Nobody waits for a cell on 3 x 3 PEs of a WSE-3; where neighbours are all inside, each cycle of it is one of the iteration.
        def each(hardware, tiles, loop, latency):
            many, few = (self.cycles("stencil5", f"hardware={hardware}", f"pe.issue_latency={latency} cycles", W=tiles, H=tiles, I=count, loop=loop) for count in (60, 20))
            return (many - few) / 40
        self.assertEqual([each("wse3-sdk", 3, 8, 0), each("wse3-sdk", 8, 8, 0) + 3], [each("wse3-sdk", 3, 8, 3), each("wse3-sdk", 8, 8, 3)])
        # As published, printed without what is behind the point.
        published = {("wse2", 3): {3: 12, 4: 15, 5: 16, 6: 16, 8: 16, 20: 16}, ("wse3-sdk", 8): {3: 17, 4: 21, 5: 23, 8: 23, 20: 23}}
        for (hardware, loop), by_size in published.items():
            latency = 2 if hardware == "wse2" else 3
            for tiles, expected in by_size.items():
                self.assertLess(abs(each(hardware, tiles, loop, latency) - expected), 1.01, (hardware, tiles))
        # A vector's first element is not later.
        self.assertEqual(*(self.cycles("reduce", f"pe.issue_latency={latency} cycles", P=20, S=20, N=7) for latency in (0, 9)))

    def test_published_programs_of_tiles_of_cells(self):
        # Copy, exchange, six operations: cycles of an iteration in the vendor's simulator. Scalar code is from the first.
        published = {"wse2": (67, {1: 127, 2: 141, 10: 785}), "wse3-sdk": (3, {1: 156, 2: 178, 10: 558})}
        for hardware, (code, by_edge) in published.items():
            for edge, expected in by_edge.items():
                many, few = (self.cycles("stencil5_tiled", f"hardware={hardware}", W=4, H=4, T=edge, I=count, code=code) for count in (24, 8))
                self.assertLess(abs((many - few) / 16 / expected - 1), 0.15, (hardware, edge))

    def test_some_steps_stand_for_all(self):
        for edge in (3, 6):
            whole = self.cycles("meshgemm", "hardware=wse3", P=24, T=edge)
            many, few = (self.cycles("meshgemm", "hardware=wse3", P=24, T=edge, steps=steps) for steps in (12, 4))
            self.assertLess(abs((many - few) / 8 * 24 / whole - 1), 0.01, edge)

    def test_seven_points_in_space(self):
        # Columns that the queues hold, and longer ones.
        for width, height, depth, iterations in ((4, 5, 6, 1), (3, 4, 40, 3)):
            u = {(x, y, z): 36.0 * ((x + 2 * y + 3 * z) % 4) for x in range(width) for y in range(height) for z in range(depth)}
            out = self.run_kernel("stencil7", W=width, H=height, Z=depth, I=iterations)
            steps = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
            for _ in range(iterations):
                u = {(x, y, z): sum(u[x + a, y + b, z + c] for a, b, c in steps) / 6
                     if 0 < x < width - 1 and 0 < y < height - 1 and 0 < z < depth - 1 else u[x, y, z] for x, y, z in u}
            for (x, y), numbers in self.values(out, "u").items():
                for z, number in enumerate(numbers):
                    self.assertAlmostEqual(u[x, y, z], number, 3)

    def test_tiles_of_cells_see_each_other(self):
        for edge, columns, rows, iterations in ((3, 2, 3, 4), (1, 3, 2, 3), (5, 1, 1, 2)):
            width, height = columns * edge, rows * edge
            u = {(c, r): 64.0 * ((3 * c + 5 * r) % 7) for c in range(width) for r in range(height)}
            for _ in range(iterations):
                u = {(c, r): u[c, r] / 2 + sum(u.get(at, 0) for at in ((c - 1, r), (c + 1, r), (c, r - 1), (c, r + 1))) / 8
                     for c, r in u}
            out = self.run_kernel("stencil5_tiled", W=columns, H=rows, T=edge, I=iterations)
            for (x, y), numbers in self.values(out, "u").items():
                for i in range(edge * edge):
                    self.assertAlmostEqual(u[x * edge + i % edge, y * edge + i // edge], numbers[i], 3)

    def test_every_parameter_over_its_range(self):
        # Alone, at its least and at a large value that takes little time: it runs to its end, or the kernel says what fits.
        for path in sorted(KERNELS.glob("*.yaml")):
            for name, parameter in yaml.safe_load(path.read_text())["parameters"].items():
                for value in {parameter.get("least", 1), min(parameter.get("most", 100), 12 if name in "PWHI" else 100)}:
                    out = self.top / f"{path.stem}-{name}-{value}"
                    done = run_program("run", path, "-q", "--out", out, *sets(f"workload.parameters.{name}={value}"), cwd=self.top, status=None)
                    if done.returncode != 0:
                        self.assertEqual(2, done.returncode, (path.stem, name, value, done.stderr))
                        self.assertRegex(done.stderr, rf"{path.name}:\d+:\d+: .*expected ")

    def test_a_star_reaches_as_far_as_its_radius(self):
        width, height, depth, radius = 7, 6, 5, 4
        inside = lambda x, y, z: 0 <= x < width and 0 <= y < height and 0 <= z < depth
        u = lambda x, y, z: (x + 2 * y + 3 * (z + radius)) % 5 if inside(x, y, z) else 0
        out = self.run_kernel("stencil25", W=width, H=height, Z=depth, R=radius)
        for (x, y), numbers in self.values(out, "v").items():
            for z, number in enumerate(numbers):
                self.assertEqual(u(x, y, z) + sum(r * (u(x - r, y, z) + u(x + r, y, z) + u(x, y - r, z) + u(x, y + r, z) + u(x, y, z - r) + u(x, y, z + r))
                                                  for r in range(1, radius + 1)), number, (x, y, z))

    def test_laplacian_sees_its_neighbours_edges(self):
        edge, width, height = 3, 2, 3
        u = lambda c, r: (3 * (c + 1) + 5 * (r + 1)) % 7 if 0 <= c < width * edge and 0 <= r < height * edge else 0
        out = self.run_kernel("laplacian", W=width, H=height, T=edge)
        for (x, y), numbers in self.values(out, "v").items():
            for i, number in enumerate(numbers):
                c, r = x * edge + i % edge, y * edge + i // edge
                self.assertEqual(u(c - 1, r) + u(c + 1, r) + u(c, r - 1) + u(c, r + 1) - 4 * u(c, r), number, (c, r))

    def test_power_iteration_finds_the_direction(self):
        n = 12
        a = [[(4 if r == c else 1) + min(r, c) % 2 for c in range(n)] for r in range(n)]
        v = [1.0] * n
        for _ in range(5):
            w = [sum(x * y for x, y in zip(row, v)) for row in a]
            norm = sum(x * x for x in w) ** 0.5
            v = [x / norm for x in w]
        out = self.run_kernel("power", P=3, N=4, I=5)
        for (x, _), numbers in self.values(out, "v").items():
            for i, number in enumerate(numbers):
                self.assertAlmostEqual(v[4 * x + i], number, 5)

    def test_fft_transforms(self):
        for tiles, each in ((2, 2), (4, 8), (8, 4)):
            out = self.run_kernel("fft", P=tiles, n=each)
            n = tiles * each
            data = [complex(i * 7 % 11 - 5, i * 5 % 13 - 6) for i in range(n)]
            bits = n.bit_length() - 1
            for (x, _), numbers in self.values(out, "block").items():
                for i in range(each):
                    k = int(format(x * each + i, f"0{bits}b")[::-1], 2)
                    expected = sum(value * cmath.exp(-2j * cmath.pi * j * k / n) for j, value in enumerate(data))
                    self.assertLess(abs(expected - complex(numbers[i], numbers[each + i])), 1e-3 * n, (tiles, x, i))

    def test_all_fit_the_schema(self):
        schema = json_of(KERNELS / "schema.json")
        for path in sorted(KERNELS.glob("*.yaml")):
            jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), schema)

    def test_schema_and_page_are_current(self):
        self.assertEqual((KERNELS / "schema.json").read_text(encoding="utf-8"), waferloom("schema", "--kernel"),
                         "remake it: waferloom schema --kernel > scenarios/kernels/schema.json")
        page = (SOURCE / "docs" / "kernels.md").read_text(encoding="utf-8")
        self.assertIn(waferloom("describe", "--kernel"), page, "its tables are those of `waferloom describe --kernel`")
        for path in sorted(KERNELS.glob("*.yaml")):
            self.assertIn(f"### `{path.stem}`", page)


class Running(Kernels):
    """What holds for every kernel."""

    def test_regions_and_processes_change_nothing(self):
        first = self.run_kernel("reduce", "hardware=mesh16", P=16, S=4, N=30, name="first")
        for name, settings in (("small", ["simulation.region_width=3", "simulation.region_height=2"]), ("one", ["simulation.region_width=1"])):
            other = self.run_kernel("reduce", "hardware=mesh16", *settings, P=16, S=4, N=30, name=name)
            for file in ("result.json", "tasks.csv", "values.csv", "links.csv", "tiles.csv"):
                self.assertEqual((first / file).read_bytes(), (other / file).read_bytes(), (name, file))
        for jobs in (2, 3):
            other = self.run_kernel("reduce", "hardware=mesh16", "simulation.region_width=3", P=16, S=4, N=30, name=f"jobs{jobs}", options=("--jobs", jobs))
            for file in ("result.json", "tasks.csv", "values.csv", "links.csv", "tiles.csv"):
                self.assertEqual((first / file).read_bytes(), (other / file).read_bytes(), (jobs, file))
        text = (KERNELS / "reduce.yaml").read_text(encoding="utf-8").replace("values: P * N <= 4000000", "values: false")
        alone = self.run_kernel(self.write("plain.yaml", text), "hardware=mesh16", P=16, S=4, N=30, name="alone")
        self.assertEqual(result_of(first)["metrics"], result_of(alone)["metrics"], "numbers take no time")

    def test_a_ready_kernel_is_found_by_its_name(self):
        expected = self.cycles("latency", D=4)
        (self.top / "named.yaml").write_text("hardware: mesh64\nworkload: { kernel: latency, parameters: { D: 4 } }\n")
        for number, name in enumerate(("latency", "kernels/latency", "named.yaml")):
            run_program("run", name, "--set", "workload.parameters.D=4", "--out", f"named{number}", cwd=self.top)
            self.assertEqual(expected, result_of(self.top / f"named{number}")["metrics"]["cycles"]["value"], name)

    def test_a_scenario_names_a_kernel_and_its_parameters(self):
        scenario = self.write("scenario.yaml", f"hardware: mesh16\nworkload:\n  kernel: {KERNELS}/reduce.yaml\n"
                              "  parameters: { P: 12, S: 3 }\n")
        run_program("run", scenario, "--out", self.top / "out", "--set", "workload.parameters.S=4", cwd=self.top)
        self.assertEqual({"P": 12, "S": 4}, {k: v for k, v in result_of(self.top / "out")["kernel"]["parameters"].items() if k in "PS"})
        again = self.run_kernel(self.top / "out" / "scenario.yaml", name="again")
        self.assertEqual(result_of(self.top / "out")["metrics"], result_of(again)["metrics"])
        waferloom("check", str(KERNELS / "reduce.yaml"))

    def test_a_study_varies_parameters(self):
        study = self.write("study.yaml", f"base: {KERNELS}/reduce.yaml\nvary:\n  workload.parameters.S: [2, 4, 8]\n")
        run_program("sweep", study, "--out", self.top / "swept", cwd=self.top)
        rows = rows_of(self.top / "swept" / "table.csv")
        self.assertEqual(["2", "4", "8"], [row["workload.parameters.S"] for row in rows])
        self.assertEqual(3, len({row["cycles"] for row in rows}))

    def test_a_timeline_has_a_track_for_each_task_of_chosen_tiles(self):
        out = self.run_kernel("relay", "hardware=mesh8", 'observe.tracks.tiles=["1,1"]', "observe.tracks.resolution=1", N=3, B=8)
        data = (out / "timeline.pftrace").read_bytes()
        for word in (b"tile (1, 1)", b"receive", b"send"):
            self.assertIn(word, data)
        run_program("timeline", out, "--out", self.top / "again", cwd=self.top)
        self.assertEqual(data, (self.top / "again").read_bytes())

    def test_a_stuck_kernel_names_tasks_and_lines(self):
        path = self.write("stuck.yaml", """
width: 2
hardware: mesh8
buffers: [{ name: data, length: 4 }]
colors:
  - { name: link, routes: [{ where: x == 0, rx: ramp, tx: east }, { rx: west, tx: ramp }] }
tasks:
  - name: sender
    where: x == 0
    start: true
    do:
      - move: { from: data, to: out link }
  - name: taker
    where: x == 1
    start: true
    do:
      - move: { from: in link, to: data }
      - move: { from: in link, to: data }
""")
        said = self.refuse("deadlock", "run", path, "--out", self.top / "out", status=3).stderr
        self.assertIn("stuck.yaml", said)
        self.assertIn("task taker is at line 18", said)
        self.assertIn("takes color link", said)


if __name__ == "__main__":
    main()
