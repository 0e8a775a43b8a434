// SPDX-License-Identifier: Apache-2.0
#include "core/config/reader.hpp"

#include <fmt/format.h>

namespace waferloom::core::config {

namespace {

class Reader {
 public:
  Reader(const Keys& keys, Settings& settings, Problems& problems)
      : keys_(keys), settings_(settings), problems_(problems) {}

  void mapping(const Node& node, const std::string& section) {
    std::map<std::string, Location, std::less<>> seen;
    for (std::size_t i = 0; i < node.keys.size() && i < node.items.size(); ++i) {
      const Node& key = node.keys[i];
      if (key.kind != Node::Kind::scalar) {
        problems_.add(key.where, section, fmt::format("expected a key, got {}", key.shown()));
        continue;
      }
      const std::string name = section.empty() ? key.text : fmt::format("{}.{}", section, key.text);
      const auto [first, is_new] = seen.emplace(key.text, key.where);
      if (!is_new) {
        problems_.add(key.where, name,
                      fmt::format("expected the key once, got it again (first at {})", first->second.text()));
        continue;
      }
      entry(key, name, node.items[i]);
    }
  }

 private:
  void entry(const Node& key_node, const std::string& name, const Node& value) {
    if (key_node.text.find('.') != std::string::npos) {
      problems_.add(key_node.where, name, "expected sections nested as mappings, got a dotted key");
      return;
    }
    if (key_node.text == "<<") {
      problems_.add(key_node.where, name, "expected a known key, got a merge key (not supported)");
      return;
    }
    if (value.kind == Node::Kind::invalid) return;
    if (keys_.is_section(name)) {
      if (value.kind == Node::Kind::mapping) {
        mapping(value, name);
      } else {
        problems_.add(value.where, name, fmt::format("expected a mapping of keys, got {}", value.shown()));
      }
      return;
    }
    const Key* key = keys_.find(name);
    if (key == nullptr) {
      problems_.add(key_node.where, name,
                    fmt::format("expected a known key, got an unknown one{}", keys_.suggestion(name)));
      return;
    }
    const Report report = [&](const Node& node, const std::string& expected, const std::string& got) {
      problems_.add(node.where, named(name, value, node), fmt::format("expected {}, got {}", expected, got));
    };
    key->read(value, report);
    settings_[name] = value.where;
    // Of a key that holds a mapping, each member has a place of its own.
    for (std::size_t i = 0; i < value.keys.size() && i < value.items.size(); ++i)
      settings_[fmt::format("{}.{}", name, value.keys[i].text)] = value.items[i].where;
  }

  /// The key's name, and that of the member where a key holds a mapping and `part` is one of it.
  static std::string named(const std::string& name, const Node& value, const Node& part) {
    for (std::size_t i = 0; i < value.keys.size() && i < value.items.size(); ++i) {
      if (&value.items[i] == &part) return fmt::format("{}.{}", name, value.keys[i].text);
    }
    return name;
  }

  const Keys& keys_;
  Settings& settings_;
  Problems& problems_;
};

}  // namespace

void apply(const Node& root, const Keys& keys, Settings& settings, Problems& problems) {
  if (root.kind == Node::Kind::mapping) Reader(keys, settings, problems).mapping(root, "");
}

namespace {

void place_at(Node& node, const Location& where) {
  node.where = where;
  for (Node& key : node.keys) place_at(key, where);
  for (Node& item : node.items) place_at(item, where);
}

}  // namespace

Node parse_override(const std::string& text, std::uint32_t layer, Problems& problems,
                    const Location& origin) {
  Location where = origin;
  if (where.source.empty()) where.source = fmt::format("--set {}", text);
  where.layer = layer;
  const std::size_t equals = text.find('=');
  constexpr std::size_t kLongestKey = 200;
  if (equals == std::string::npos || equals == 0 || equals > kLongestKey) {
    problems.add({"--set", 0, 0, layer}, "",
                 fmt::format("expected KEY=VALUE, got {}", text.empty() ? "\"\"" : text));
    return {};
  }
  Node node = parse_text(text.substr(equals + 1), {where.source, 0, 0, layer}, problems);
  place_at(node, where);
  std::string path = text.substr(0, equals);
  while (true) {
    const std::size_t dot = path.rfind('.');
    const std::string leaf = dot == std::string::npos ? path : path.substr(dot + 1);
    Node outer{Node::Kind::mapping, {}, where, {}, {}};
    outer.keys.push_back({Node::Kind::scalar, leaf, where, {}, {}});
    outer.items.push_back(std::move(node));
    node = std::move(outer);
    if (dot == std::string::npos) return node;
    path.erase(dot);
  }
}

}  // namespace waferloom::core::config
