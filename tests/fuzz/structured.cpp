// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/structured.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/config/document.hpp"
#include "core/config/key.hpp"

namespace waferloom::fuzz {

namespace {

using core::config::Node;
using nlohmann::ordered_json;

/// Edges of ranges and of types, with and without units, and what is no number.
constexpr std::array<std::string_view, 40> kValues{"0",       "1",
                                                   "2",       "3",
                                                   "7",       "8",
                                                   "24",      "255",
                                                   "65536",   "4294967295",
                                                   "1e3",     "0.5",
                                                   "-1",      "1 B",
                                                   "64 B",    "48 KiB",
                                                   "1 GiB",   "0 s",
                                                   "1 ns",    "1 s",
                                                   "1 kHz",   "850 MHz",
                                                   "1 THz",   "1 Mb/s",
                                                   "1 Pb/s",  "0 cycles",
                                                   "1 cycle", "true",
                                                   "all",     "burst",
                                                   "wavelet", "smoke",
                                                   "tiny",    "gpt3-xl",
                                                   "[0, 1]",  "[0-3]",
                                                   "0 pJ",    "{ from: 1, to: 4, count: 3 }",
                                                   "[1, 2]",  "18446744073709551615"};

class Chance {
 public:
  explicit Chance(std::mt19937_64& random) : random_(random) {}
  [[nodiscard]] std::size_t below(std::size_t limit) {
    return limit == 0 ? 0 : static_cast<std::size_t>(random_() % limit);
  }
  template <class T>
  [[nodiscard]] const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  std::mt19937_64& random_;
};

Node scalar(std::string text) { return {Node::Kind::scalar, std::move(text), {}, {}, {}}; }

/// As flow style: what a plain text would mean otherwise is quoted.
std::string text_of(const Node& node) {
  std::string text;
  switch (node.kind) {
    case Node::Kind::scalar:
      return core::config::yaml_text(node.text);
    case Node::Kind::sequence:
      for (const Node& item : node.items) text += (text.empty() ? "" : ", ") + text_of(item);
      return "[" + text + "]";
    case Node::Kind::mapping:
      for (std::size_t i = 0; i < node.keys.size() && i < node.items.size(); ++i) {
        text += (text.empty() ? "" : ", ") + text_of(node.keys[i]) + ": " + text_of(node.items[i]);
      }
      return "{ " + text + " }";
    default:
      return "~";
  }
}

Node parse(const std::string& text) {
  core::config::Problems problems;
  Node node = core::config::parse_text(text, {"seed", 1, 1, 0}, problems);
  if (!problems.empty()) node.kind = Node::Kind::invalid;
  return node;
}

class YamlMutator final : public StructuredMutator {
 public:
  YamlMutator(std::vector<Node> seeds, const std::vector<KnownKey>& keys) : seeds_(std::move(seeds)) {
    for (const Node& seed : seeds_) gather(seed);
    for (const auto& [key, value] : keys) {
      const Node parsed = parse("v: " + value);
      if (parsed.kind == Node::Kind::mapping) known_.emplace_back(key, parsed.items.front());
    }
  }

  std::string next(std::mt19937_64& random) override {
    Chance chance(random);
    Node root = chance.of(seeds_);
    for (std::size_t changes = 1 + chance.below(4); changes > 0; --changes) change(root, chance);
    std::string text;
    for (std::size_t i = 0; i < root.keys.size() && i < root.items.size(); ++i) {
      text += text_of(root.keys[i]) + ": " + text_of(root.items[i]) + "\n";
    }
    return text;
  }

 private:
  void gather(const Node& node) {
    for (std::size_t i = 0; i < node.keys.size() && i < node.items.size(); ++i) {
      entries_.emplace_back(node.keys[i].text, node.items[i]);
    }
    for (const Node& item : node.items) gather(item);
  }

  static void collect(Node& node, std::vector<Node*>& parents) {
    if (!node.items.empty()) parents.push_back(&node);
    for (Node& item : node.items) collect(item, parents);
  }

  Node value_for(const std::string& key, Chance& chance) {
    if (chance.below(2) == 0) {
      std::vector<const Node*> fitting;
      for (const auto& [name, value] : entries_) {
        if (name == key) fitting.push_back(&value);
      }
      if (!fitting.empty()) return *chance.of(fitting);
    }
    if (chance.below(3) == 0 && !entries_.empty()) return chance.of(entries_).second;
    const Node parsed = parse("v: " + std::string(kValues[chance.below(kValues.size())]));
    return parsed.kind == Node::Kind::mapping ? parsed.items.front() : scalar("1");
  }

  void change(Node& root, Chance& chance) {
    // A key that may stand anywhere in the file, where it belongs.
    if (!known_.empty() && chance.below(3) == 0) return set(root, chance.of(known_), chance);
    std::vector<Node*> parents;
    collect(root, parents);
    if (parents.empty()) return;
    Node& parent = *chance.of(parents);
    const std::size_t i = chance.below(parent.items.size());
    const bool keyed = parent.kind == Node::Kind::mapping && i < parent.keys.size();
    const auto at = static_cast<std::ptrdiff_t>(i);
    switch (chance.below(6)) {
      case 0:
        parent.items.erase(parent.items.begin() + at);
        if (keyed) parent.keys.erase(parent.keys.begin() + at);
        return;
      case 1: {
        Node copy = parent.items[i];
        parent.items.push_back(std::move(copy));
        if (keyed) parent.keys.push_back(scalar(chance.of(entries_).first));
        return;
      }
      case 2:
        if (keyed) parent.keys[i] = scalar(chance.of(entries_).first);
        return;
      default:
        parent.items[i] = value_for(keyed ? parent.keys[i].text : "", chance);
    }
  }

  void set(Node& root, const std::pair<std::string, Node>& entry, Chance& chance) {
    Node* at = &root;
    std::string_view rest = entry.first;
    while (true) {
      const std::size_t slash = rest.find('/');
      const std::string part(rest.substr(0, slash));
      std::size_t i = 0;
      while (i < at->keys.size() && at->keys[i].text != part) ++i;
      if (i == at->keys.size()) {
        at->kind = Node::Kind::mapping;
        at->keys.push_back(scalar(part));
        at->items.resize(at->keys.size());
      }
      at = &at->items[i];
      if (slash == std::string_view::npos) break;
      rest.remove_prefix(slash + 1);
      if (at->kind != Node::Kind::mapping) *at = {Node::Kind::mapping, {}, {}, {}, {}};
    }
    *at = chance.below(2) == 0 ? entry.second : value_for(at->text, chance);
  }

  std::vector<Node> seeds_;
  std::vector<std::pair<std::string, Node>> entries_;  ///< of all mappings of all seeds
  std::vector<std::pair<std::string, Node>> known_;
};

class JsonLinesMutator final : public StructuredMutator {
 public:
  explicit JsonLinesMutator(std::vector<std::vector<ordered_json>> seeds) : seeds_(std::move(seeds)) {}

  std::string next(std::mt19937_64& random) override {
    Chance chance(random);
    std::vector<ordered_json> lines = chance.of(seeds_);
    for (std::size_t changes = 1 + chance.below(3); changes > 0; --changes) change(lines, chance);
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      // Their order is told apart from what they say in it: most inputs keep it.
      if (i != 0 && lines[i].contains("id") && numbers_anew_) lines[i]["id"] = i - 1;
      text += lines[i].dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
    }
    return text;
  }

 private:
  void change(std::vector<ordered_json>& lines, Chance& chance) {
    if (lines.empty()) return;
    const std::size_t i = chance.below(lines.size());
    const std::size_t j = chance.below(lines.size());
    numbers_anew_ = chance.below(8) != 0;
    switch (chance.below(12)) {
      case 0:
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
        return;
      case 1: {
        ordered_json copy = lines[i];
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(j), std::move(copy));
        return;
      }
      case 2:
        std::swap(lines[i], lines[j]);
        return;
      case 3:
        if (!lines[i].empty()) lines[i].erase(std::next(lines[i].begin(), pick(lines[i], chance)));
        return;
      case 4:
      case 5:
      case 6: {
        // A field as another line has it.
        if (lines[j].empty()) return;
        const auto field = std::next(lines[j].begin(), pick(lines[j], chance));
        lines[i][field.key()] = field.value();
        return;
      }
      default:
        change_leaf(lines[i], chance);
    }
  }

  static std::ptrdiff_t pick(const ordered_json& object, Chance& chance) {
    return static_cast<std::ptrdiff_t>(chance.below(object.size()));
  }

  /// Some number, text or flag within `value`.
  static void change_leaf(ordered_json& value, Chance& chance) {
    static constexpr std::array<std::uint64_t, 14> kEdges{0,
                                                          1,
                                                          2,
                                                          3,
                                                          7,
                                                          8,
                                                          9,
                                                          16,
                                                          255,
                                                          65536,
                                                          4294967295U,
                                                          4294967296U,
                                                          4611686018427387904U,
                                                          18446744073709551615U};
    ordered_json* at = &value;
    while (at->is_structured() && !at->empty()) at = &*std::next(at->begin(), pick(*at, chance));
    if (at->is_number()) {
      switch (chance.below(4)) {
        case 0:
          *at = kEdges[chance.below(kEdges.size())];
          return;
        case 1:
          *at = at->is_number_unsigned() ? at->get<std::uint64_t>() + 1 : 0;
          return;
        case 2:
          *at = at->is_number_unsigned() && at->get<std::uint64_t>() > 0 ? at->get<std::uint64_t>() - 1 : 1;
          return;
        default:
          *at = chance.below(10);
      }
    } else if (at->is_string()) {
      static constexpr std::array<std::string_view, 13> kTexts{
          "",           "compute", "stream_in", "stream_out", "reduce",   "broadcast",
          "all_gather", "x",       "y",         "last",       "rotating", "alternating", "a,\"b\n"};
      *at = kTexts[chance.below(kTexts.size())];
    } else {
      *at = chance.below(3);
    }
  }

  std::vector<std::vector<ordered_json>> seeds_;
  bool numbers_anew_ = true;
};

std::vector<ordered_json> objects_of(const std::string& seed) {
  std::vector<ordered_json> lines;
  for (std::size_t begin = 0; begin < seed.size();) {
    const std::size_t end = std::min(seed.find('\n', begin), seed.size());
    ordered_json line = ordered_json::parse(seed.substr(begin, end - begin), nullptr, false);
    if (line.is_object()) lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

std::unique_ptr<StructuredMutator> make_structured_mutator(Form form, const std::vector<std::string>& seeds,
                                                           const std::vector<KnownKey>& keys) {
  if (form == Form::yaml) {
    std::vector<Node> roots;
    for (const std::string& seed : seeds) {
      Node root = parse(seed);
      if (root.kind == Node::Kind::mapping) roots.push_back(std::move(root));
    }
    if (!roots.empty()) return std::make_unique<YamlMutator>(std::move(roots), keys);
  }
  if (form == Form::json_lines) {
    std::vector<std::vector<ordered_json>> all;
    for (const std::string& seed : seeds) {
      if (std::vector<ordered_json> lines = objects_of(seed); !lines.empty()) all.push_back(std::move(lines));
    }
    if (!all.empty()) return std::make_unique<JsonLinesMutator>(std::move(all));
  }
  return nullptr;
}

}  // namespace waferloom::fuzz
