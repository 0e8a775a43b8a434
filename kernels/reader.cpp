// SPDX-License-Identifier: Apache-2.0
#include "kernels/reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/nearest.hpp"
#include "fabric/control.hpp"

namespace waferloom::kernels {

using core::config::Node;

namespace {

bool is_plain_name(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

constexpr std::array<std::string_view, 14> kReservedNames{
    "x", "y", "width", "height", "min", "max", "abs", "if", "log2", "pow2", "xor", "and", "or", "not"};

template <class Items>
std::optional<std::uint32_t> find_by_name(const Items& items, const std::string& name) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].name == name) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

template <class Items>
std::string unknown_item(const Items& items, std::string_view what, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& item : items) known.push_back(item.name);
  if (known.empty()) return fmt::format("expected a {}, got {}, and there is none", what, name);
  return fmt::format("expected a {} ({}), got {}{}", what, fmt::join(known, ", "), name,
                     core::suggestion(name, known));
}

}  // namespace

bool Reader::is_new_name(const Node& node, const std::string& key) {
  if (node.kind != Node::Kind::scalar || !is_plain_name(node.text)) {
    add(node, key, fmt::format("expected a name of letters, digits and _, got {}", node.shown()));
    return false;
  }
  if (std::find(kReservedNames.begin(), kReservedNames.end(), node.text) != kReservedNames.end() ||
      is_defined(node.text)) {
    add(node, key, fmt::format("expected a name that means nothing else, got {}", node.text));
    return false;
  }
  return true;
}

std::optional<Placed> Reader::expression(const Node& node, const std::string& key) {
  if (node.kind == Node::Kind::invalid) return std::nullopt;
  if (node.kind != Node::Kind::scalar || node.text.empty()) {
    add(node, key, fmt::format("expected an expression, got {}", node.shown()));
    return std::nullopt;
  }
  if (node.text == "true") return Placed{Expression(1), node.where, key};
  if (node.text == "false") return Placed{Expression(0), node.where, key};
  try {
    return Placed{Expression(node.text,
                             [this](const std::string& name) -> std::optional<Meaning> {
                               const auto found = names_.find(name);
                               return found == names_.end() ? std::nullopt : std::optional(found->second);
                             }),
                  node.where, key};
  } catch (const ExpressionError& error) {
    add(node, key, error.what());
    return std::nullopt;
  }
}

std::optional<Placed> Reader::expression(const Fields& fields, std::string_view key) {
  const Node* node = fields.find(key);
  return node == nullptr ? std::nullopt : expression(*node, fields.name_of(key));
}

std::optional<std::int64_t> Reader::constant(const Node& node, const std::string& key, std::int64_t least,
                                             std::int64_t most) {
  const std::optional<Placed> found = expression(node, key);
  if (!found) return std::nullopt;
  if (!found->expression.is_constant()) {
    add(node, key, fmt::format("expected what is the same on all tiles, got {}", node.text));
    return std::nullopt;
  }
  try {
    const std::int64_t value = found->expression.evaluate(nullptr);
    if (value >= least && value <= most) return value;
    add(node, key, fmt::format("expected {} to {}, got {}", least, most, value));
  } catch (const ExpressionError& error) {
    add(node, key, error.what());
  }
  return std::nullopt;
}

bool Reader::flag(const Fields& fields, std::string_view key) {
  const Node* node = fields.find(key);
  if (node == nullptr) return false;
  if (node->text != "true" && node->text != "false") {
    add(*node, fields.name_of(key), fmt::format("expected true or false, got {}", node->shown()));
  }
  return node->text == "true";
}

std::string Reader::text(const Fields& fields, std::string_view key) {
  const Node* node = fields.find(key);
  if (node == nullptr) return {};
  if (node->kind != Node::Kind::scalar) {
    add(*node, fields.name_of(key), fmt::format("expected a text, got {}", node->shown()));
  }
  return node->text;
}

std::optional<Type> Reader::type(const Fields& fields, std::string_view key) {
  const Node* node = fields.find(key);
  if (node == nullptr) return std::nullopt;
  if (node->text == "fp16") return Type::fp16;
  if (node->text == "fp32") return Type::fp32;
  add(*node, fields.name_of(key), fmt::format("expected fp16 or fp32, got {}", node->shown()));
  return std::nullopt;
}

std::string Reader::indexed_name(const Node& node, std::string_view text, const std::string& key) {
  const std::size_t bracket = text.find('[');
  if (bracket == std::string_view::npos) return std::string(text);
  std::string result(text.substr(0, bracket));
  std::string_view rest = text.substr(bracket);
  while (!rest.empty()) {
    const std::size_t end = rest.find(']');
    if (rest.front() != '[' || end == std::string_view::npos) {
      add(node, key, fmt::format("expected NAME[INDEX], got {}", text));
      return {};
    }
    Node index = node;
    index.text = std::string(rest.substr(1, end - 1));
    constexpr std::int64_t kMost = 1'000'000;
    const std::optional<std::int64_t> value = constant(index, key, 0, kMost);
    if (!value) return {};
    result += fmt::format("[{}]", *value);
    rest.remove_prefix(end + 1);
  }
  return result;
}

void Reader::names(const Node& node, const std::string& key, std::vector<std::string>& found,
                   std::vector<Location>& where) {
  const std::vector<Node> items = node.kind == Node::Kind::sequence ? node.items : std::vector<Node>{node};
  for (const Node& item : items) {
    if (item.kind != Node::Kind::scalar) {
      add(item, key, fmt::format("expected a name or a list of names, got {}", item.shown()));
      continue;
    }
    std::string name = indexed_name(item, item.text, key);
    if (name.empty()) continue;
    found.push_back(std::move(name));
    where.push_back(item.where);
  }
}

void Reader::names(const Fields& fields, std::string_view key, std::vector<std::string>& found,
                   std::vector<Location>& where) {
  if (const Node* node = fields.find(key)) names(*node, fields.name_of(key), found, where);
}

std::vector<Node> Reader::list(const Fields& fields, std::string_view key) {
  const Node* node = fields.find(key);
  if (node == nullptr || node->kind == Node::Kind::invalid) return {};
  if (node->kind == Node::Kind::sequence) return node->items;
  add(*node, fields.name_of(key), fmt::format("expected a list, got {}", node->shown()));
  return {};
}

std::uint32_t Reader::commands(const Fields& fields, std::string_view key) {
  constexpr std::array<std::string_view, 4> kCommandNames{"nop", "advance", "reset", "teardown"};
  std::vector<std::string> names_found;
  std::vector<Location> where;
  names(fields, key, names_found, where);
  std::vector<fabric::Command> found;
  for (std::size_t i = 0; i < names_found.size(); ++i) {
    const auto* const place = std::find(kCommandNames.begin(), kCommandNames.end(), names_found[i]);
    if (place == kCommandNames.end()) {
      problems_.add(where[i], fields.name_of(key),
                    fmt::format("expected one of nop, advance, reset, teardown, got {}", names_found[i]));
      continue;
    }
    found.push_back(static_cast<fabric::Command>(place - kCommandNames.begin()));
  }
  if (found.size() > fabric::kMaxCommands) {
    problems_.add(where.front(), fields.name_of(key),
                  fmt::format("expected at most {} commands, got {}", fabric::kMaxCommands, found.size()));
  }
  return fabric::encode_commands(found);
}

std::optional<std::uint32_t> Reader::color(const Node& node, const std::string& name,
                                           const std::string& key) {
  const std::optional<std::uint32_t> found = find_by_name(kernel_.colors, name);
  if (!found && (!name.empty() || node.text.empty()))
    add(node, key, unknown_item(kernel_.colors, "color", name));
  return found;
}

std::optional<std::uint32_t> Reader::buffer(const Node& node, const std::string& name,
                                            const std::string& key) {
  const std::optional<std::uint32_t> found = find_by_name(kernel_.buffers, name);
  if (!found) add(node, key, unknown_item(kernel_.buffers, "buffer", name));
  return found;
}

}  // namespace waferloom::kernels
