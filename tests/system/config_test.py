# SPDX-License-Identifier: Apache-2.0
"""What is made from the declared keys is current, and what comes with the program is valid.

usage: config_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import pathlib
import sys
import tempfile
import unittest

import jsonschema
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InDirectory, SOURCE, main, waferloom  # noqa: E402

SHIPPED = sorted((SOURCE / "scenarios").glob("*.yaml"))
SCENARIOS = [path for path in SHIPPED if "\nscenarios:" not in path.read_text(encoding="utf-8")]  # others are sets
SETS = [path for path in SHIPPED if path not in SCENARIOS]
STUDIES = sorted((SOURCE / "scenarios" / "studies").glob("*.yaml"))
SCHEMAS = {"scenario": "scenarios/schema.json", "study": "scenarios/studies/schema.json",
           "set": "scenarios/set.schema.json", "model": "models/schema.json", "kernel": "scenarios/kernels/schema.json"}
COLLECTIVES = sorted((SOURCE / "scenarios" / "collectives").glob("*.yaml"))
PRESETS = sorted((SOURCE / "scenarios" / "hardware").glob("*.yaml"))


def changed(text, *path_and_value):
    """`text` (YAML) with one value replaced, as an object."""
    document = yaml.safe_load(text)
    *path, last, value = path_and_value
    at = document
    for key in path:
        at = at[key]
    at[last] = value
    return document


class Generated(unittest.TestCase):
    def test_the_committed_schema_is_current(self):
        for kind, name in SCHEMAS.items():
            self.assertEqual((SOURCE / name).read_text(encoding="utf-8"), waferloom("schema", kind),
                             f"remake it: waferloom schema {kind} > {name}")
        self.assertEqual(waferloom("schema", "scenario"), waferloom("schema"))

    def test_the_reference_page_is_current(self):
        self.assertEqual((SOURCE / "docs" / "configuration.md").read_text(encoding="utf-8"),
                         waferloom("describe", "--markdown"),
                         "remake it: waferloom describe --markdown > docs/configuration.md")

    def test_the_page_and_the_schema_of_models_are_current(self):
        self.assertEqual((SOURCE / "docs" / "model-files.md").read_text(encoding="utf-8"), waferloom("model", "keys", "--markdown"),
                         "remake it: waferloom model keys --markdown > docs/model-files.md")
        text = (SOURCE / "models" / "schema.json").read_text(encoding="utf-8")
        self.assertEqual(text, waferloom("model", "keys", "--schema"), "remake it: waferloom model keys --schema > models/schema.json")
        schema = json.loads(text)
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        for path in sorted((SOURCE / "models" / "data").glob("*.yaml")):
            model = path.read_text(encoding="utf-8")
            self.assertIn("# yaml-language-server: $schema=../schema.json\n", model, path.name)
            validator.validate(yaml.safe_load(model))
        self.assertFalse(validator.is_valid({"layers": 2, "hidden": 64}))

    def test_describe_knows_every_key_of_the_effective_configuration(self):
        def keys(value, prefix=""):
            if not isinstance(value, dict):
                return [prefix]
            return [key for name, inner in value.items()
                    for key in keys(inner, f"{prefix}.{name}" if prefix else name)]
        everything = waferloom("describe")
        for key in keys(yaml.safe_load(waferloom("check", "smoke", "--effective"))):
            text = waferloom("describe", key)
            self.assertIn(f"{key}\n", text)
            self.assertIn(text, everything)
            self.assertRegex(text, r"(?m)^  default  \S")


class Schema(unittest.TestCase):
    def setUp(self):
        self.schema = json.loads((SOURCE / "scenarios" / "schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(self.schema)
        self.validator = jsonschema.Draft7Validator(self.schema)

    def test_shipped_files_follow_it(self):
        self.assertTrue(SCENARIOS and PRESETS)
        for path in SCENARIOS + PRESETS:
            with self.subTest(path.name):
                self.validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    def test_studies_and_sets_follow_theirs(self):
        for kind, name, paths in (("study", "schema.json", STUDIES), ("set", "set.schema.json", SETS)):
            schema = json.loads((SOURCE / SCHEMAS[kind]).read_text(encoding="utf-8"))
            jsonschema.Draft7Validator.check_schema(schema)
            validator = jsonschema.Draft7Validator(schema)
            self.assertTrue(paths)
            for path in paths:
                with self.subTest(path.name):
                    text = path.read_text(encoding="utf-8")
                    validator.validate(yaml.safe_load(text))
                    self.assertEqual(f"# yaml-language-server: $schema={name}", text.splitlines()[0])

    def test_the_schema_of_studies_refuses_what_sweeps_refuse(self):
        schema = json.loads((SOURCE / SCHEMAS["study"]).read_text(encoding="utf-8"))
        validator = jsonschema.Draft7Validator(schema)
        good = {"base": "smoke", "vary": {"pe.clock": ["500 MHz", "850 MHz"]}, "metrics": ["time"]}
        for change in ({}, {"base": None}, {"vary": {"pe.clok": ["500 MHz"]}}, {"vary": {"pe.clock": ["500 KiB"]}},
                       {"vary": {"pe.clock": "500 MHz"}}, {"metrics": ["tiem"]}, {"objectives": {"time": "less"}},
                       {"set": {"fabric": {"width": 5}}}, {"keep": "all"}, {"sampel": {"points": 3}},
                       {"vary": {"pe.clock": {"from": "1 GHz"}}}):
            study = {key: value for key, value in {**good, **change}.items() if value is not None}
            with self.subTest(change), tempfile.TemporaryDirectory() as directory:
                self.assertEqual(not change, validator.is_valid(study))
                path = pathlib.Path(directory) / "study.yaml"
                path.write_text(yaml.safe_dump(study), encoding="utf-8")
                waferloom("sweep", path, "--dry-run", status=BAD_INPUT if change else 0)

    def test_editors_are_offered_the_names_of_presets_and_models(self):
        properties = self.schema["properties"]
        for offered, files in ((properties["hardware"], PRESETS),
                               (properties["workload"]["properties"]["model"], (SOURCE / "models" / "data").glob("*.yaml"))):
            self.assertEqual(sorted(path.stem for path in files), offered["anyOf"][0]["enum"])

    def test_shipped_files_name_it_for_editors(self):
        for path in SCENARIOS + PRESETS:
            up = "" if path in SCENARIOS else "../"
            self.assertEqual(f"# yaml-language-server: $schema={up}schema.json",
                             path.read_text(encoding="utf-8").splitlines()[0], path.name)

    def test_effective_configurations_follow_it(self):
        for path in SCENARIOS:
            self.validator.validate(yaml.safe_load(waferloom("check", str(path), "--effective")))

    def test_its_defaults_follow_it(self):
        def defaults(schema, path=""):
            if "default" in schema:
                jsonschema.Draft7Validator(schema).validate(schema["default"])
            for name, inner in schema.get("properties", {}).items():
                with self.subTest(f"{path}.{name}"):
                    defaults(inner, f"{path}.{name}")
        defaults(self.schema)

    def test_it_refuses_what_the_program_refuses(self):
        text = waferloom("check", "smoke", "--effective")
        for path in (("fabric", "width", 0), ("fabric", "width", "wide"), ("fabric", "widht", 5), ("planet", 5),
                     ("pe", "clock", 850), ("pe", "clock", "850"), ("pe", "clock", "850 KiB"), ("pe", "sram", "010 B"),
                     ("io", "input_edge", "up"), ("workload", "sparsity", 1), ("workload", "layers", "3-"),
                     ("workload", "phases", ["forward", "forward"]), ("pe", "input_queues", [1, 2]),
                     ("workload", "rectangle", "x", -1), ("fidelity", "bursts"), ("seed", -1)):
            with self.subTest(path), tempfile.TemporaryDirectory() as directory:
                document = changed(text, *path)
                self.assertFalse(self.validator.is_valid(document))
                scenario = pathlib.Path(directory) / "scenario.yaml"
                scenario.write_text(yaml.safe_dump(document), encoding="utf-8")
                waferloom("check", scenario, status=BAD_INPUT)


def on_preset(preset):
    """Settings with which `smoke` fits the preset's rectangle and SRAM."""
    sequences = 1 if preset.stem == "mesh8" else 40
    return ("--set", f"hardware={preset.stem}", "--set", f"workload.batch={sequences}")


class Shipped(unittest.TestCase):
    def test_every_scenario_is_valid(self):
        for path in SCENARIOS:
            self.assertEqual(f"{path.stem}: valid\n", waferloom("check", path.stem))
            self.assertEqual(f"{path}: valid\n", waferloom("check", str(path)))

    def test_every_preset_is_valid(self):
        for path in PRESETS:
            waferloom("check", "smoke", *on_preset(path))

    def test_lists_have_descriptions(self):
        for what, top, files in (("scenarios", SOURCE / "scenarios", SHIPPED + COLLECTIVES), ("hardware", SOURCE / "scenarios" / "hardware", PRESETS)):
            lines = waferloom("list", what).splitlines()
            self.assertEqual(sorted(path.relative_to(top).as_posix().removesuffix(".yaml") for path in files), [line.split()[0] for line in lines])
            for line in lines:
                self.assertRegex(line, r"^\S+  +\w", line)
                self.assertNotIn("unreadable", line)
        self.assertRegex(waferloom("list", "routers"), r"(?m)^color  +\w")

    def test_the_defaults_are_those_of_the_wse2(self):
        with tempfile.TemporaryDirectory() as directory:
            scenario = pathlib.Path(directory) / "s.yaml"
            effective = []
            for text in ("name: s\n", "name: s\nhardware: wse2\n"):
                scenario.write_text(text, encoding="utf-8")
                effective.append(yaml.safe_load(waferloom("check", str(scenario), "--effective")))
            self.assertEqual("wse2", effective[1].pop("hardware_name"))
            self.assertEqual("", effective[0].pop("hardware_name"))
            self.assertEqual(effective[0], effective[1])


class Effective(InDirectory):
    def assert_reproduced(self, *arguments):
        first = waferloom("check", *arguments, "--effective")
        again = waferloom("check", self.write("effective.yaml", first), "--effective")
        self.assertEqual(first, again)
        self.assertNotIn("\nhardware:", first)
        return yaml.safe_load(first)

    def test_every_shipped_scenario_on_every_preset(self):
        for scenario in SCENARIOS:
            self.assert_reproduced(str(scenario))
        for preset in PRESETS:
            self.assertEqual(preset.stem, self.assert_reproduced("smoke", *on_preset(preset))["hardware_name"])

    def test_awkward_values(self):
        effective = self.assert_reproduced(
            "smoke", "--set", "pe.clock=333333333.3333333 Hz", "--set", "io.latency=1e-12 fs", "--set",
            "workload.sparsity=0.1", "--set", "workload.layers=[1]", "--set", "workload.phases=[update, forward]",
            "--set", "name='# \"quoted\": \\'", "--set", "seed=18446744073709551615")
        self.assertEqual("333.3333333333333 MHz", effective["pe"]["clock"])
        self.assertEqual([1], effective["workload"]["layers"])
        self.assertEqual(["forward", "update"], effective["workload"]["phases"])
        self.assertEqual("# \"quoted\": \\", effective["name"])
        self.assertEqual(18446744073709551615, effective["seed"])

    def test_files_stay_found_from_elsewhere(self):
        waferloom("trace", "build", "smoke", "--out", self.top / "a.trace")
        scenario = self.write("s.yaml", "hardware: mesh8\nworkload: { trace: a.trace }\n")
        effective = self.assert_reproduced(scenario)
        self.assertEqual(str(self.top / "a.trace"), effective["workload"]["trace"])
        self.assertNotIn("model", effective["workload"])

    def test_presets_and_overrides_in_their_order(self):
        self.write("base.yaml", "name: base\nhardware: mesh16\nfabric: { queue_depth: 3, colors: 20 }\n")
        self.write("chip.yaml", "hardware: base.yaml\nfabric: { queue_depth: 4, hop_latency: 3 cycles }\n")
        scenario = self.write("s.yaml", "hardware: ./chip.yaml\nfabric: { hop_latency: 4 cycles }\n"
                              "workload: { model: tiny }\n")
        effective = yaml.safe_load(waferloom("check", scenario, "--effective", "--set", "fabric.ramp_latency=5 cycles",
                                             "--set", "fabric.ramp_latency=6 cycles"))
        fabric = effective["fabric"]
        self.assertEqual((18, 20, 4, "4 cycles", "6 cycles"),
                         tuple(fabric[key] for key in ("width", "colors", "queue_depth", "hop_latency", "ramp_latency")))
        self.assertEqual(("s", "chip"), (effective["name"], effective["hardware_name"]))

    def test_hardware_from_the_command_line_is_relative_to_the_working_directory(self):
        self.write("chip.yaml", "hardware: mesh8\nfabric: { queue_depth: 9 }\n")
        text = waferloom("check", "smoke", "--effective", "--set", "hardware=./chip.yaml", cwd=self.top)
        self.assertEqual(9, yaml.safe_load(text)["fabric"]["queue_depth"])

    def test_a_directory_with_the_name_of_a_scenario_does_not_hide_it(self):
        (self.top / "smoke").mkdir()
        self.assertEqual("smoke: valid\n", waferloom("check", "smoke", cwd=self.top))


if __name__ == "__main__":
    main()
