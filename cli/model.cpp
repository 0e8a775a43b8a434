// SPDX-License-Identifier: Apache-2.0
// `waferloom model`: what a model consists of, models from elsewhere, and the keys of model files.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "core/config/reference.hpp"
#include "core/config/writer.hpp"
#include "core/data_path.hpp"
#include "core/units.hpp"
#include "core/write_file.hpp"
#include "models/import/any_model.hpp"

namespace waferloom::cli {

namespace {

constexpr const char* kModelIntroduction = R"(# Models

This page is made by `waferloom model keys --markdown`; the same texts come from `waferloom model keys KEY`. The words are those of the [glossary](glossary.md).

A model is a YAML file of dimensions. Those in `models/data` come with the program (`waferloom list models`); `workload.model` names one of them, or a file:

```yaml
name: my-model
layers: 24
hidden: 2048
heads: 16
key_value_heads: 4
ffn: 5504
vocabulary: 32000
sequence: 4096
tied_embeddings: false
position: rotary
rotary_dimensions: 128
norm: rmsnorm
gated_mlp: true
attention_bias: false
mlp_bias: false
```

```sh
waferloom model show gpt3-xl
```

## Models from elsewhere

`workload.model` also takes a `config.json` of Hugging Face's transformers (`model_type` gpt2, gptj, gpt_neox, llama, mistral, qwen2 or qwen3), and a YAML file of the vendor's public model zoo, with a section `model` (releases 1.x) or `trainer.init.model` (2.x). `waferloom model import` writes such a model in the format of this page.

```sh
cat > config.json <<'END'
{ "model_type": "llama", "hidden_size": 64, "intermediate_size": 172, "num_hidden_layers": 2, "num_attention_heads": 4,
  "num_key_value_heads": 2, "vocab_size": 512, "max_position_embeddings": 32, "tie_word_embeddings": false }
END
waferloom model show ./config.json
waferloom model import ./config.json --out small.yaml
waferloom check smoke --set workload.model=./small.yaml
```

What such a file says and this simulator does not model (experts, relative positions, ...) is refused by its key, and so is a key whose meaning is not known here. Keys of training, initial values and generation do not matter. A sliding window is a limit: sequences up to its length see all of their tokens, longer ones are refused. Where a model zoo's file of a release 1.x has rotary positions and layernorm and does not name its class, it is taken for GPT-J's, whose attention and MLP lie side by side.

`rope_theta` and `rope_scaling` change the angles of rotary positions, not the work.

## Keys

)";

models::Model load(const std::string& name) {
  return models::load_any_model(name, core::data_directory() / "models" / "data");
}

/// A part of a model and its parameters.
struct Part {
  std::string name;
  std::uint64_t parameters = 0;
  std::optional<models::MatrixShape> matrix;  ///< of which each layer has one
};

std::vector<Part> parts_of(const models::Model& model, const models::ParameterCount& count) {
  std::vector<Part> parts{{"embedding", count.embedding, std::nullopt}};
  std::uint64_t matrices = 0;
  for (const models::MatrixShape& matrix : models::layer_matrices(model)) {
    const std::uint64_t parameters = matrix.inputs * matrix.outputs + (matrix.bias ? matrix.outputs : 0);
    parts.push_back({matrix.name, parameters * model.layers, matrix});
    matrices += parameters;
  }
  parts.push_back({"norms of the layers", (count.per_layer - matrices) * model.layers, std::nullopt});
  parts.push_back({"final norm", count.final_norm, std::nullopt});
  parts.push_back({count.head == 0 ? "head (the embedding's)" : "head", count.head, std::nullopt});
  return parts;
}

void show_text(const models::Model& model, const models::ParameterCount& count) {
  fmt::print("{}: {}\n", model.name, model.description);
  fmt::print("{} of {} features, {} of {}{}, MLP of {}{}; {} of a vocabulary of {}\n\n",
             core::counted(model.layers, "layer"), model.hidden, core::counted(model.heads, "head"),
             model.head_features(),
             model.kv_heads() == model.heads ? "" : fmt::format(" ({} of keys and values)", model.kv_heads()),
             model.ffn, model.gated_mlp ? ", gated" : "", core::counted(model.sequence, "token"),
             model.vocabulary);
  const auto line = [](const std::string& part, std::uint64_t parameters) {
    fmt::print("{:<32}{:>18}\n", part, parameters);
  };
  for (const Part& part : parts_of(model, count)) {
    const auto& matrix = part.matrix;
    line(matrix ? fmt::format("{} ({} x {}{})", part.name, matrix->inputs, matrix->outputs,
                              matrix->bias ? ", bias" : "")
                : part.name,
         part.parameters);
  }
  line("total", count.total);
}

nlohmann::ordered_json show_json(models::Model model, const models::ParameterCount& count) {
  core::config::Keys keys;
  models::declare_keys(keys, model);
  nlohmann::ordered_json told{{"model", model.name},
                              {"keys", core::config::effective_json(keys)},
                              {"parameters", count.total},
                              {"parts", nlohmann::ordered_json::array()}};
  for (const Part& part : parts_of(model, count)) {
    nlohmann::ordered_json each{{"part", part.name}, {"parameters", part.parameters}};
    if (part.matrix) {
      each["inputs"] = part.matrix->inputs;
      each["outputs"] = part.matrix->outputs;
      each["bias"] = part.matrix->bias;
    }
    told["parts"].push_back(std::move(each));
  }
  return told;
}

void show(const std::string& name, const Output& output) {
  const models::Model model = load(name);
  const models::ParameterCount count = models::count_parameters(model);
  if (output.json) {
    output.print_json(show_json(model, count));
  } else {
    show_text(model, count);
  }
}

}  // namespace

void add_model_command(CLI::App& app) {
  struct Arguments {
    std::string model;
    std::string out;
    std::string key;
    bool markdown = false;
    bool schema = false;
    Output output;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("model", "Show models, take them from elsewhere, describe their keys");
  command->require_subcommand(1);
  CLI::App* shown = command->add_subcommand("show", "What a model consists of, with its parameters by part");
  shown->add_option("MODEL", arguments->model, "name of a model, or a file (./config.json, ./model.yaml)")
      ->required();
  add_json_option(*shown, arguments->output);
  shown->callback([arguments] { show(arguments->model, arguments->output); });
  CLI::App* import =
      command->add_subcommand("import", "Write a model from elsewhere as a model file that states every key");
  import
      ->add_option("MODEL", arguments->model,
                   "Hugging Face's config.json, a YAML file of the model zoo, or a name")
      ->required();
  import->add_option("-o,--out", arguments->out, "file to write [standard output]")->type_name("FILE");
  import->callback([arguments] {
    const std::string text = models::model_text(load(arguments->model));
  if (arguments->out.empty()) {
    fmt::print("{}", text);
  } else {
    core::write_file(arguments->out, text);
  }
});
CLI::App* described = command->add_subcommand("keys", "Describe a key of model files, or all of them");
CLI::Option* key = described->add_option("KEY", arguments->key, "e.g. heads");
CLI::Option* markdown =
    described->add_flag("--markdown", arguments->markdown, "print the whole page")->excludes(key);
described->add_flag("--schema", arguments->schema, "print the JSON Schema of model files (for editors)")
    ->excludes(key)
    ->excludes(markdown);
described->callback([arguments] {
  models::Model defaults;
  core::config::Keys keys;
  models::declare_keys(keys, defaults);
  if (arguments->markdown) {
    fmt::print("{}{}", kModelIntroduction, core::config::markdown(keys));
  } else if (arguments->schema) {
    fmt::print("{}\n", core::config::json_schema(keys, "Waferloom model").dump(2));
  } else {
    fmt::print("{}", core::config::describe(keys, arguments->key));
  }
});
}  // namespace waferloom::cli

}  // namespace waferloom::cli
