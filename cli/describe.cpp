// SPDX-License-Identifier: Apache-2.0
// `waferloom describe`: what a configuration key means; with --markdown the reference page
// docs/configuration.md.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "core/config/reference.hpp"
#include "core/error.hpp"
#include "kernels/language.hpp"
#include "results/dictionary.hpp"
#include "study/table/study_dictionary.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::cli {

namespace {

constexpr const char* kIntroduction = R"(# Configuration

This page is made by `waferloom describe --markdown`; the same texts come from `waferloom describe KEY`. The words are those of the [glossary](glossary.md).

A scenario is a YAML file. Every key has a default, so a scenario states only what it changes:

```yaml
# yaml-language-server: $schema=schema.json
hardware: wse2
fabric: { hop_latency: 2 cycles }
workload:
  model: gpt3-xl
  batch: 1
  rectangle: { x: 4, y: 1, width: 16, height: 16 }
```

`hardware` names a preset (`waferloom list hardware`) or a file, which may be based on another one in the same way and states only keys of hardware: `fabric`, `pe`, `io`, `memoryx`. The scenario's own keys override it, and `--set KEY=VALUE` on the command line overrides both. The file `scenarios/schema.json` (`waferloom schema`) lets editors complete and check scenarios as they are typed.

```sh
waferloom check smoke
waferloom check smoke --set fabric.queue_depth=4 --set "io.latency=500 ns"
waferloom check smoke --effective > effective.yaml    # every key, explicit
waferloom check effective.yaml
waferloom describe pe.clock
```

The effective configuration needs no preset, and gives exactly the same run. Presets, scenarios and models that come with the program are found beside it (`share/waferloom`, or the checkout of a build); `WAFERLOOM_DATA_DIR` names another place.

- Quantities carry a unit: `850 MHz`, `48 KiB`, `1.2 Tb/s`, `2 cycles`. `k`, `M`, `G`, `T`, `P` are powers of 1000, `Ki`, `Mi`, `Gi`, `Ti` powers of 1024; `b` is a bit, `B` a byte. A missing or another unit is an error, and so is a unit on a number of things.
- Numbers are decimal: `010`, `0x10` and `1_000` are refused. Whole numbers have no exponent.
- Unknown keys, keys given twice, anchors, aliases, tags and merge keys are errors.
- All errors are reported at once, each as `file:line:column: key: expected ..., got ...`, with exit status 2. What is wrong only together with something else (a batch with the SRAM, lanes with a micro-batch, a rectangle with a trace) names the place of the value that was set last, also where it shows only after the model was lowered. A value given with `--set` is named by that option, one that nobody gave by the file's beginning.

Where a default or a range has a source it is tagged: [D] vendor document, [M] measured on silicon, [S] vendor's cycle simulator, [P] patent, [2nd] secondary notes, [I] inferred. "Assumed" says that nothing is published.

)";

constexpr const char* kDataIntroduction = R"(# Data dictionary

This page is made by `waferloom describe --data`: what the columns of tables and the keys of JSON files mean that runs, studies, comparisons and explanations leave. [results.md](results.md), [studies.md](studies.md) and [explain.md](explain.md) say what the files are for; the words are those of the [glossary](glossary.md).

One name stands for one quantity. The unit stands beside it (`unit` of a metric, a column of this page) or ends its name (`_s`, `_j`, `_bytes`). `1` is a share or a factor. In names, `[]` is each entry of a list and `*` any key. `a.b` is the key b of a. A metric is an object of `value` and `unit`.

Times overlap: `cycles` and `time` of groups, phases and layers are those in which they were under way, and add up to more than the step. `own_cycles` are attributed: where groups overlap, their time is shared evenly among them. Those of all rows of layers.csv add up to the time in which any was under way, which is the step but for gaps; summed by layer, phase or operation they say whose the time is.
)";

void print_data() {
  fmt::print("{}", kDataIntroduction);
  const auto print_tables = [](const char* title, const std::vector<results::DataTable>& tables) {
    fmt::print("\n## {}\n", title);
    for (const results::DataTable& table : tables) {
      fmt::print("\n### {}\n\n{}.\n\n| Name | Type | Unit | |\n|---|---|---|---|\n", table.name, table.row);
      for (const results::DataColumn& each : table.columns) {
        fmt::print("| `{}` | {} | {} | {} |\n", each.name, each.type, each.unit, each.meaning);
      }
    }
  };
  print_tables("Tables of a run", results::run_tables());
  print_tables("The database of a run", results::database_tables());
  print_tables("JSON of a run", results::run_keys());
  print_tables("Metrics", study::metric_tables());
  print_tables("Studies, comparisons and explanations", study::study_tables());
}

}  // namespace

void add_describe_command(CLI::App& app) {
  struct Arguments {
    std::string key;
    bool markdown = false;
    bool data = false;
    bool kernel = false;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("describe", "Describe a configuration key, a section, or all of them");
  CLI::Option* key = command->add_option("KEY", arguments->key, "e.g. fabric.width, or a section: fabric");
  command->add_flag("--data", arguments->data, "print the page of all columns and keys of results")
      ->excludes(key);
  command->add_flag("--kernel", arguments->kernel, "print the keys of kernel files")->excludes(key);
  CLI::Option* markdown =
      command->add_flag("--markdown", arguments->markdown, "print the whole reference page")->excludes(key);
  command->add_flag("--json", arguments->json, "print JSON")->excludes(markdown);
  command->callback([arguments] {
    if (arguments->data) {
      print_data();
      return;
    }
    if (arguments->kernel) {
      fmt::print("{}", kernels::kernel_reference());
      return;
    }
    wafer::Scenario defaults;
    const wafer::ScenarioKeys keys(defaults);
    if (arguments->markdown) {
      fmt::print("{}{}", kIntroduction, core::config::markdown(keys.keys()));
    } else if (arguments->json) {
      fmt::print("{}\n", core::config::describe_json(keys.keys(), arguments->key).dump(2));
    } else {
      fmt::print("{}", core::config::describe(keys.keys(), arguments->key));
    }
  });
}

}  // namespace waferloom::cli
