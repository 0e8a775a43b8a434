// SPDX-License-Identifier: Apache-2.0
#include "trace/import/layer_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/arithmetic.hpp"
#include "core/error.hpp"

namespace waferloom::trace {

namespace {

constexpr double kNanosecond = 1e-9;
constexpr std::uint64_t kMostNumber = std::uint64_t{1} << 50U;
constexpr std::uint64_t kMostRanks = 1U << 16U;
constexpr std::uint64_t kMostLayers = 1U << 20U;

constexpr std::array<std::string_view, 11> kTypes{"MICRO",
                                                  "DATA",
                                                  "MODEL",
                                                  "HYBRID_DATA_MODEL",
                                                  "HYBRID_MODEL_DATA",
                                                  "HYBRID_TRANSFORMER",
                                                  "HYBRID_TRANSFORMER_FWD_IN_BCKWD",
                                                  "HYBRID_DLRM",
                                                  "HYBRID_DLRM_ENHANCED",
                                                  "HYBRID_CUSTOMIZED",
                                                  "DISTRIBUTED_INFERENCE"};

struct Word {
  std::string text;
  std::size_t line = 0;
  std::size_t column = 0;
};

/// Within or across which groups a collective runs.
enum class Among : std::uint8_t { usual, tensor, data, expert, data_expert };

struct Communication {
  std::vector<Collective> collectives;  ///< one after the other; none: nothing is sent
  Among among = Among::usual;
  std::uint64_t bytes = 0;
};

struct PassOfLayer {
  std::uint64_t time = 0;
  Communication communication;
};

struct Layer {
  std::string name;
  std::string type;  ///< of its parallelism
  PassOfLayer forward;
  PassOfLayer input;
  PassOfLayer weight;
  std::uint64_t update = 0;
};

struct Head {
  std::string type;
  std::map<std::string, std::vector<std::uint64_t>, std::less<>> keys;
  [[nodiscard]] std::optional<std::uint64_t> one(std::string_view key) const {
    const auto found = keys.find(key);
    if (found == keys.end() || found->second.empty()) return std::nullopt;
    return found->second.front();
  }
};

class LayerTextReader {
 public:
  LayerTextReader(std::istream& in, const std::string& name) : in_(in), name_(name) {}

  Head read_head() {
    const std::vector<Word> words = next_line("a line that begins with the type of parallelism");
    Head head;
    head.type = words.front().text;
    if (std::find(kTypes.begin(), kTypes.end(), head.type) == kTypes.end()) {
      fail(words.front(), fmt::format("one of {}", fmt::join(kTypes, ", ")));
    }
    std::vector<std::uint64_t>* values = nullptr;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const Word& word = words[i];
      if (const std::size_t colon = word.text.find(':'); colon != std::string::npos) {
        values = &head.keys[word.text.substr(0, colon)];
        if (colon + 1 == word.text.size()) continue;
        values->push_back(
            number({word.text.substr(colon + 1), word.line, word.column + colon + 1}, kMostNumber));
      } else if (values != nullptr) {
        values->push_back(number(words[i], kMostNumber));
      } else {
        fail(words[i], "a key with a colon, such as model_parallel_NPU_group:");
      }
    }
    return head;
  }

  std::vector<Layer> read_layers(const Head& head, std::vector<std::string>& notes) {
    const std::vector<Word> words = next_line("the number of layers");
    const std::uint64_t count = number(words.front(), kMostLayers);
    std::vector<Layer> layers;
    while (layers.size() < count) {
      layers.push_back(
          layer(next_line(fmt::format("layer {} of {}", layers.size() + 1, count)), head, notes));
    }
    if (const std::optional<std::vector<Word>> more = line()) {
      fail(more->front(), fmt::format("the end of the file after {} layers", count));
    }
    return layers;
  }

  [[noreturn]] void fail(const Word& word, const std::string& expected) const {
    throw core::InputError(
        fmt::format("{}:{}:{}: expected {}, got {}", name_, word.line, word.column, expected, word.text));
  }

 private:
  /// The words of the next line that has some.
  std::optional<std::vector<Word>> line() {
    constexpr const char* kBlanks = " \t\r\v\f";
    for (std::string text; std::getline(in_, text);) {
      ++number_;
      std::vector<Word> words;
      for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string::npos;) {
        const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
        words.push_back({text.substr(at, end - at), number_, at + 1});
        at = text.find_first_not_of(kBlanks, end);
      }
      if (!words.empty()) return words;
    }
    return std::nullopt;
  }
  std::vector<Word> next_line(const std::string& expected) {
    if (std::optional<std::vector<Word>> words = line()) return *words;
    fail({"the end of the file", number_ + 1, 1}, expected);
  }

  [[nodiscard]] std::uint64_t number(const Word& word, std::uint64_t most) const {
    std::uint64_t value = 0;
    const char* end = word.text.data() + word.text.size();
    const auto [stop, error] = std::from_chars(word.text.data(), end, value);
    if (error == std::errc() && stop == end && value <= most) return value;
    // Times are written with a point here and there.
    double real = 0;
    const auto [stop_of_real, error_of_real] = std::from_chars(word.text.data(), end, real);
    if (error_of_real != std::errc() || stop_of_real != end || !(real >= 0) ||
        real > static_cast<double>(most)) {
      fail(word, fmt::format("a number from 0 to {}", most));
    }
    return static_cast<std::uint64_t>(std::llround(real));
  }

  Communication communication(const Word& type, const Word& size) const {
    static constexpr std::array<std::pair<std::string_view, Among>, 4> kEndings{
        {{"_DP_EP", Among::data_expert},
         {"_EP", Among::expert},
         {"_DP", Among::data},
         {"_TP", Among::tensor}}};
    static const std::map<std::string_view, std::vector<Collective>> kKnown{
        {"NONE", {}},
        {"ALLREDUCE", {Collective::all_reduce}},
        {"ALLGATHER", {Collective::all_gather}},
        {"REDUCESCATTER", {Collective::reduce_scatter}},
        {"ALLTOALL", {Collective::all_to_all}},
        {"ALLREDUCEALLTOALL", {Collective::all_reduce, Collective::all_to_all}},
        {"BROADCAST", {Collective::broadcast}}};
    Communication made;
    std::string_view name = type.text;
    for (const auto& [ending, among] : kEndings) {
      if (!name.ends_with(ending)) continue;
      made.among = among;
      name.remove_suffix(ending.size());
      break;
    }
    const auto known = kKnown.find(name);
    if (known == kKnown.end()) {
      std::vector<std::string_view> names;
      for (const auto& [each, collectives] : kKnown) names.push_back(each);
      fail(type, fmt::format("one of {}, with _TP, _DP, _EP, _DP_EP or no ending", fmt::join(names, ", ")));
    }
    made.bytes = number(size, kMostNumber);
    if (made.bytes != 0) made.collectives = known->second;
    return made;
  }

  Layer layer(const std::vector<Word>& words, const Head& head, std::vector<std::string>& notes) const {
    constexpr std::size_t kWords = 12;
    const bool customized = head.type == "HYBRID_CUSTOMIZED";
    if (words.size() != kWords + (customized ? 1 : 0)) {
      fail({fmt::format("{}", words.size()), words.front().line, words.front().column},
           fmt::format(
               "{} columns: name, -1, time, collective and bytes of forward pass, input's and weights' "
               "gradient, update's time{}",
               kWords + (customized ? 1 : 0), customized ? ", type" : ""));
    }
    if (words[1].text != "-1" && notes.empty()) {
      notes.push_back(fmt::format("{}:{}:{}: the reserved column of layer {} is not used, got {}", name_,
                                  words[1].line, words[1].column, words[0].text, words[1].text));
    }
    Layer made;
    made.name = words[0].text;
    made.type = customized ? words[kWords].text : head.type;
    if (customized && made.type != "DATA" && made.type != "MODEL" && made.type != "HYBRID_MODEL_DATA") {
      fail(words[kWords], "one of DATA, MODEL, HYBRID_MODEL_DATA");
    }
    std::size_t at = 2;
    for (PassOfLayer* pass : {&made.forward, &made.input, &made.weight}) {
      pass->time = number(words[at], kMostNumber);
      pass->communication = communication(words[at + 1], words[at + 2]);
      at += 3;
    }
    made.update = number(words[at], kMostNumber);
    return made;
  }

  std::istream& in_;
  const std::string& name_;
  std::size_t number_ = 0;
};

using Groups = std::vector<std::vector<std::uint32_t>>;

/// Ranks by their place along three axes: the model, experts, and what is left, for each of the stages.
class RankGroups {
 public:
  RankGroups(std::uint32_t ranks, std::uint32_t stages, std::uint32_t model, std::uint32_t experts)
      : ranks_(ranks), per_stage_(ranks / stages), model_(model), experts_(experts) {}

  /// Ranks r to r + (size - 1) * step.
  [[nodiscard]] Groups model() const { return grouped(1, model_); }
  [[nodiscard]] Groups data() const { return grouped(model_, per_stage_ / model_); }
  [[nodiscard]] Groups expert() const { return grouped(model_, experts_); }
  [[nodiscard]] Groups data_expert() const {
    return grouped(model_ * experts_, per_stage_ / (model_ * experts_));
  }
  [[nodiscard]] Groups all() const { return grouped(1, ranks_); }

 private:
  [[nodiscard]] Groups grouped(std::uint32_t step, std::uint32_t size) const {
    Groups groups;
    for (std::uint32_t first = 0; first < ranks_; ++first) {
      if (first / step % size != 0) continue;
      std::vector<std::uint32_t>& group = groups.emplace_back();
      for (std::uint32_t i = 0; i < size; ++i) group.push_back(first + i * step);
    }
    return groups;
  }

  std::uint32_t ranks_;
  std::uint32_t per_stage_;
  std::uint32_t model_;
  std::uint32_t experts_;
};

/// Makes the steps of a pass over all layers.
class LayerSteps {
 public:
  LayerSteps(const Head& head, const std::vector<Layer>& layers, const RankGroups& groups, bool gathered,
             Workload& workload)
      : head_(head), layers_(layers), groups_(groups), gathered_(gathered), workload_(workload) {
    for (std::uint32_t rank = 0; rank < workload.ranks; ++rank) all_.push_back(rank);
  }

  void make() {
    const bool dlrm = head_.type.starts_with("HYBRID_DLRM");
    const std::uint64_t last_bottom = head_.one("DLRM_LAST_BOTTOM_LAYER").value_or(0);
    std::vector<std::uint32_t> exchanged;  // what a DLRM's top layers wait for
    for (std::uint32_t i = 0; i < layers_.size(); ++i) {
      if (dlrm && i == last_bottom + 1) before_.insert(before_.end(), exchanged.begin(), exchanged.end());
      compute(i, layers_[i].forward.time, Phase::forward, "forward");
      const std::vector<std::uint32_t> computed = before_;
      communicate(i, layers_[i].forward.communication, Phase::forward, "forward", false);
      if (dlrm && i == 0) {
        exchanged = before_;
        before_ = computed;
      }
    }
    if (head_.type == "DISTRIBUTED_INFERENCE") return;
    for (auto i = static_cast<std::uint32_t>(layers_.size()); i-- > 0;) backward(i);
  }

 private:
  void backward(std::uint32_t i) {
    const Layer& layer = layers_[i];
    const bool again = head_.type == "HYBRID_TRANSFORMER_FWD_IN_BCKWD";
    if (again) forward_again(i);
    const auto input = [&] {
      compute(i, layer.input.time, Phase::backward_input, "input_gradient");
      communicate(i, layer.input.communication, Phase::backward_input, "input_gradient", false);
    };
    if (again) input();
    compute(i, layer.weight.time, Phase::backward_weight, "weight_gradient");
    const std::vector<std::uint32_t> computed = before_;
    communicate(i, layer.weight.communication, Phase::backward_weight, "weight_gradient", true);
    compute(i, layer.update, Phase::update, "update");
    if (head_.type != "MICRO") before_ = computed;
    if (!again) input();
  }

  /// From the checkpoint before a layer at which this begins.
  void forward_again(std::uint32_t i) {
    if (!lists("checkpoint_initiates", i)) return;
    std::uint32_t from = i;
    while (from > 0 && !lists("checkpoints", from)) --from;
    for (; from < i; ++from) {
      compute(from, layers_[from].forward.time, Phase::forward, "forward_again");
      communicate(from, layers_[from].forward.communication, Phase::forward, "forward_again", false);
    }
  }
  /// Whether a list in the head, which begins with its length, has a layer.
  [[nodiscard]] bool lists(std::string_view key, std::uint64_t layer) const {
    const auto found = head_.keys.find(key);
    return found != head_.keys.end() && found->second.size() > 1 &&
           std::find(found->second.begin() + 1, found->second.end(), layer) != found->second.end();
  }

  RankStep& add(std::uint32_t layer, RankStep::Kind kind, Phase phase, const char* operation) {
    RankStep& step = workload_.steps.emplace_back();
    step.kind = kind;
    step.name = layers_[layer].name;
    step.operation = operation;
    step.layer = layer;
    step.phase = phase;
    step.after = before_;
    before_ = {static_cast<std::uint32_t>(workload_.steps.size() - 1)};
    return step;
  }

  void compute(std::uint32_t layer, std::uint64_t time, Phase phase, const char* operation) {
    if (time == 0) return;
    RankStep& step = add(layer, RankStep::Kind::compute, phase, operation);
    step.ranks = all_;
    step.seconds = static_cast<double>(time) * kNanosecond;
  }

  void communicate(std::uint32_t layer, const Communication& communication, Phase phase,
                   const char* operation, bool of_weights) {
    for (const Collective collective : communication.collectives) {
      RankStep& step = add(layer, RankStep::Kind::collective, phase, operation);
      step.collective = collective;
      step.groups = groups_of(layers_[layer], communication.among, of_weights);
      step.bytes = communication.bytes;
      if (gathered_ && collective == Collective::all_gather) {
        step.bytes = core::ceil_div(step.bytes, step.groups.front().size());
      }
      if (step.groups.front().size() == 1) alone_.insert(operation);
    }
  }

 public:
  /// Operations whose collectives are among one rank.
  [[nodiscard]] const std::set<std::string>& alone() const { return alone_; }

 private:
  [[nodiscard]] Groups groups_of(const Layer& layer, Among among, bool of_weights) const {
    switch (among) {
      case Among::tensor:
        return groups_.model();
      case Among::data:
        return groups_.data();
      case Among::expert:
        return groups_.expert();
      case Among::data_expert:
        return groups_.data_expert();
      case Among::usual:
        break;
    }
    const std::string& type = layer.type;
    if (type == "MICRO" || type == "DISTRIBUTED_INFERENCE" || type.starts_with("HYBRID_DLRM")) {
      return groups_.all();
    }
    Groups single;
    for (const std::uint32_t rank : all_) single.push_back({rank});
    if (type == "DATA") return of_weights ? groups_.all() : single;
    if (type == "MODEL") return of_weights ? single : groups_.all();
    // Of HYBRID_DATA_MODEL, neighbours share the data.
    return of_weights == (type != "HYBRID_DATA_MODEL") ? groups_.data() : groups_.model();
  }

  const Head& head_;
  const std::vector<Layer>& layers_;
  const RankGroups& groups_;
  bool gathered_;
  Workload& workload_;
  std::vector<std::uint32_t> all_;
  std::vector<std::uint32_t> before_;  ///< what the next step waits for
  std::set<std::string> alone_;
};

bool is_simai(const Head& head) {
  constexpr std::array<std::string_view, 6> kOwn{"ep", "pp", "vpp", "ga", "all_gpus", "pp_comm"};
  return std::any_of(kOwn.begin(), kOwn.end(), [&](std::string_view key) { return head.keys.contains(key); });
}

void check_keys(const Head& head, const std::string& name) {
  static const std::set<std::string, std::less<>> kKnown{"model_parallel_NPU_group",
                                                         "ep",
                                                         "pp",
                                                         "vpp",
                                                         "ga",
                                                         "all_gpus",
                                                         "pp_comm",
                                                         "checkpoints",
                                                         "checkpoint_initiates",
                                                         "DLRM_LAST_BOTTOM_LAYER"};
  for (const auto& [key, values] : head.keys) {
    if (!kKnown.contains(key)) {
      throw core::InputError(
          fmt::format("{}:1:1: expected keys among {}, got {}", name, fmt::join(kKnown, ", "), key));
    }
  }
}

}  // namespace

Workload layer_text_workload(std::istream& in, const std::string& name, const LayerTextOptions& options) {
  LayerTextReader reader(in, name);
  const Head head = reader.read_head();
  check_keys(head, name);
  Workload workload;
  const std::vector<Layer> layers = reader.read_layers(head, workload.notes);
  std::optional<std::uint64_t> ranks = head.one("all_gpus");
  if (!ranks && options.ranks) ranks = *options.ranks;
  if (!ranks || *ranks == 0 || *ranks > kMostRanks) {
    throw core::InputError(
        fmt::format("--ranks: expected 1 to {}, as {} does not say how many there are", kMostRanks, name));
  }
  const std::uint64_t stages = std::max<std::uint64_t>(head.one("pp").value_or(1), 1);
  const std::uint64_t experts = std::max<std::uint64_t>(head.one("ep").value_or(1), 1);
  std::optional<std::uint64_t> model = head.one("model_parallel_NPU_group");
  if (!model && options.model_parallel) model = *options.model_parallel;
  const bool needs_model = head.type.starts_with("HYBRID_") && !head.type.starts_with("HYBRID_DLRM");
  if (!model && needs_model) {
    // About as many as there are groups.
    model = 1;
    for (std::uint64_t size = 1; size * size <= *ranks; ++size) {
      if (*ranks % size == 0) model = size;
    }
    workload.notes.push_back(fmt::format(
        "{}: how many ranks share a layer is not told: {} are taken (--model-parallel)", name, *model));
  }
  // Of HYBRID_DATA_MODEL neighbours share the data, and what is told is how many share the layers.
  const std::uint64_t told = model.value_or(1);
  const bool whole = told != 0 && *ranks % told == 0;
  const std::uint64_t of_model = head.type == "HYBRID_DATA_MODEL" && whole ? *ranks / told : told;
  // One after the other, as the product of the three may not fit into 64 bits.
  std::uint64_t left = *ranks;
  bool divides = whole;
  for (const std::uint64_t part : {stages, of_model, experts}) {
    divides = divides && left % part == 0;
    if (divides) left /= part;
  }
  if (!divides) {
    throw core::InputError(
        fmt::format("{}:1:1: expected ranks that divide by the stages ({}), ranks of a model-parallel group "
                    "({}) and of an "
                    "expert's ({}), got {}",
                    name, stages, told, experts, *ranks));
  }
  workload.name = std::filesystem::path(name).filename().string();
  workload.ranks = static_cast<std::uint32_t>(*ranks);
  const bool gathered = options.dialect ? *options.dialect == LayerTextDialect::simai : is_simai(head);
  workload.description =
      fmt::format("{} workload, {}, {} layers on {} ranks", gathered ? "SimAI" : "ASTRA-sim", head.type,
                  layers.size(), workload.ranks);
  if (head.one("pp_comm").value_or(0) != 0) {
    workload.notes.push_back(fmt::format(
        "{}: pp_comm is not used: all ranks run the layers of the file, no stage waits for another", name));
  }
  const RankGroups groups(workload.ranks, static_cast<std::uint32_t>(stages),
                          static_cast<std::uint32_t>(of_model), static_cast<std::uint32_t>(experts));
  LayerSteps steps(head, layers, groups, gathered, workload);
  steps.make();
  if (!steps.alone().empty()) {
    workload.notes.push_back(fmt::format("{}: collectives of {} move nothing, as their groups have one rank",
                                         name, fmt::join(steps.alone(), ", ")));
  }
  return workload;
}

}  // namespace waferloom::trace
