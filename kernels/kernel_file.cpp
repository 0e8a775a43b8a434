// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/config/origin.hpp"
#include "core/nearest.hpp"
#include "kernels/kernel.hpp"
#include "kernels/reader.hpp"

namespace waferloom::kernels {

using core::config::Node;
using core::config::Problems;

namespace {

constexpr std::int64_t kLongestEdge = 16384;
constexpr std::int64_t kMostNumber = std::int64_t{1} << 53U;

class FileReader {
 public:
  FileReader(const std::filesystem::path& path, Kernel& kernel, Problems& problems)
      : kernel_(kernel), problems_(problems), reader_(kernel, problems) {
    kernel_.file = path.string();
    kernel_.beginning = {kernel_.file, 1, 1, 0};
    kernel_.name = path.stem().string();
  }

  void read(const Node& root, const GivenParameters& given) {
    const Fields file(root, "kernel", "", problems_);
    if (!file.usable()) return;
    if (std::string name = reader_.text(file, "name"); !name.empty()) kernel_.name = std::move(name);
    kernel_.description = reader_.text(file, "description");
    read_parameters(file, given);
    if (const Node* values = file.find("values")) {
      kernel_.values = reader_.constant(*values, "values", 0, 1).value_or(0) != 0;
    }
    read_extent(file);
    read_variables(file);
    read_definitions(file);
    for (const Node& node : reader_.list(file, "buffers")) read_buffer(node);
    for (const Node& node : reader_.list(file, "colors")) read_color(node);
    read_tasks(reader_, file);
  }

 private:
  void read_parameters(const Fields& file, const GivenParameters& given) {
    const Node* node = file.find("parameters");
    if (node != nullptr && node->kind == Node::Kind::mapping) {
      for (std::size_t i = 0; i < node->keys.size(); ++i)
        read_parameter(node->keys[i], node->items[i], given);
    } else if (node != nullptr) {
      reader_.add(*node, "parameters", fmt::format("expected parameters by name, got {}", node->shown()));
    }
    for (const auto& [name, value] : given) {
      if (reader_.is_defined(name)) continue;
      std::vector<std::string> known;
      for (const Parameter& parameter : kernel_.parameters) known.push_back(parameter.name);
      throw core::config::KeyError(
          {"workload.parameters." + name},
          fmt::format("expected a parameter of {} ({}), got {}{}", kernel_.file,
                      known.empty() ? std::string("it has none") : fmt::to_string(fmt::join(known, ", ")),
                      name, core::suggestion(name, known)));
    }
  }

  void read_parameter(const Node& key, const Node& item, const GivenParameters& given) {
    const std::string path = "parameters." + key.text;
    if (!reader_.is_new_name(key, path)) return;
    Parameter parameter;
    parameter.name = key.text;
    std::int64_t least = -kMostNumber;
    std::int64_t most = kMostNumber;
    std::optional<std::int64_t> value;
    if (item.kind == Node::Kind::mapping) {
      const Fields fields(item, "parameter", path, problems_);
      if (const Node* n = fields.find("least")) least = bound(*n, fields.name_of("least")).value_or(least);
      if (const Node* n = fields.find("most")) most = bound(*n, fields.name_of("most")).value_or(most);
      if (const Node* n = fields.find("value"))
        value = reader_.constant(*n, fields.name_of("value"), least, most);
      parameter.help = reader_.text(fields, "help");
    } else {
      value = reader_.constant(item, path, least, most);
    }
    if (const auto other = given.find(key.text); other != given.end()) {
      if (other->second < least || other->second > most) {
        throw core::config::KeyError({"workload.parameters." + key.text},
                                     fmt::format("expected {} to {}, got {}", least, most, other->second));
      }
      value = other->second;
    }
    parameter.value = value.value_or(1);
    reader_.define(key.text, {false, parameter.value});
    kernel_.parameters.push_back(std::move(parameter));
  }

  std::optional<std::int64_t> bound(const Node& node, const std::string& key) {
    return reader_.constant(node, key, -kMostNumber, kMostNumber);
  }

  void read_extent(const Fields& file) {
    const auto extent = [&](const char* key) -> std::uint32_t {
      const Node* node = file.find(key);
      if (node == nullptr) return 1;
      kernel_.extent_where = node->where;
      return static_cast<std::uint32_t>(reader_.constant(*node, key, 1, kLongestEdge).value_or(1));
    };
    kernel_.extent_where = kernel_.beginning;
    kernel_.height = extent("height");
    kernel_.width = extent("width");
    reader_.define("width", {false, kernel_.width});
    reader_.define("height", {false, kernel_.height});
    reader_.define("x", {true, kSlotX});
    reader_.define("y", {true, kSlotY});
    const Node x{Node::Kind::scalar, "x", kernel_.extent_where, {}, {}};
    const Node y{Node::Kind::scalar, "y", kernel_.extent_where, {}, {}};
    kernel_.x = *reader_.expression(x, "width");
    kernel_.y = *reader_.expression(y, "height");
  }

  void read_variables(const Fields& file) {
    const Node* node = file.find("variables");
    if (node == nullptr) return;
    if (node->kind != Node::Kind::mapping) {
      reader_.add(*node, "variables",
                  fmt::format("expected variables by name with their first values, got {}", node->shown()));
      return;
    }
    for (std::size_t i = 0; i < node->keys.size(); ++i) {
      const std::string path = "variables." + node->keys[i].text;
      if (!reader_.is_new_name(node->keys[i], path)) continue;
      std::optional<Placed> initial = reader_.expression(node->items[i], path);
      const std::uint32_t slot = reader_.new_slot();
      kernel_.variables.push_back(
          {node->keys[i].text, initial.value_or(Placed{Expression(0), node->where, path}), slot});
    }
    // Their first values are known before any of them is.
    for (const Variable& variable : kernel_.variables) reader_.define(variable.name, {true, variable.slot});
  }

  void read_definitions(const Fields& file) {
    const Node* node = file.find("definitions");
    if (node == nullptr) return;
    if (node->kind != Node::Kind::mapping) {
      reader_.add(*node, "definitions", fmt::format("expected expressions by name, got {}", node->shown()));
      return;
    }
    for (std::size_t i = 0; i < node->keys.size(); ++i) {
      const std::string path = "definitions." + node->keys[i].text;
      if (!reader_.is_new_name(node->keys[i], path)) continue;
      const std::optional<Placed> placed = reader_.expression(node->items[i], path);
      kernel_.definitions.push_back(placed ? placed->expression : Expression(0));
      reader_.define(node->keys[i].text, {false, 0, &kernel_.definitions.back()});
    }
  }

  void read_buffer(const Node& node) {
    const std::string path = fmt::format("buffers[{}]", kernel_.buffers.size());
    const Fields fields(node, "buffer", path, problems_);
    if (!fields.usable()) return;
    Buffer buffer;
    buffer.where = node.where;
    if (const Node* name = fields.find("name")) {
      if (reader_.is_new_name(*name, fields.name_of("name")) && is_single(kernel_.buffers, *name, fields)) {
        buffer.name = name->text;
      }
    }
    buffer.type = reader_.type(fields, "type").value_or(Type::fp32);
    buffer.length = reader_.expression(fields, "length");
    buffer.condition = reader_.expression(fields, "where");
    buffer.bank = reader_.expression(fields, "bank");
    buffer.address = reader_.expression(fields, "address");
    buffer.output = reader_.expression(fields, "output");
    if (fields.find("fill") != nullptr) {
      buffer.fill_slot = reader_.new_slot();
      const bool hides = reader_.is_defined("i");
      if (!hides) reader_.define("i", {true, buffer.fill_slot});
      buffer.fill = reader_.expression(fields, "fill");
      buffer.period = reader_.expression(fields, "period");
      if (!hides) reader_.undefine("i");
    }
    kernel_.buffers.push_back(std::move(buffer));
  }

  template <class Items>
  bool is_single(const Items& items, const Node& name, const Fields& fields) {
    const bool again =
        std::any_of(items.begin(), items.end(), [&](const auto& item) { return item.name == name.text; });
    if (again) {
      reader_.add(name, fields.name_of("name"),
                  fmt::format("expected a name of its own, got {} again", name.text));
    }
    return !again;
  }

  void read_color(const Node& node) {
    const std::string path = fmt::format("colors[{}]", kernel_.colors.size());
    const Fields fields(node, "color", path, problems_);
    if (!fields.usable()) return;
    const Node* name = fields.find("name");
    if (name == nullptr || !reader_.is_new_name(*name, fields.name_of("name"))) return;
    reader_.repeat(fields, [&](const std::string& suffix) {
      ColorRule color;
      color.where = node.where;
      color.name = name->text + suffix;
      Node full = *name;
      full.text = color.name;
      if (!is_single(kernel_.colors, full, fields)) return;
      color.number = reader_.expression(fields, "color");
      color.input_queue = reader_.expression(fields, "input_queue");
      color.output_queue = reader_.expression(fields, "output_queue");
      std::size_t number = 0;
      for (const Node& route : reader_.list(fields, "routes")) {
        read_route(route, fmt::format("{}.routes[{}]", path, number++), color);
      }
      kernel_.colors.push_back(std::move(color));
    });
  }

  void read_route(const Node& node, const std::string& path, ColorRule& color) {
    const Fields fields(node, "route", path, problems_);
    if (!fields.usable()) return;
    RouteRule rule;
    rule.where = node.where;
    rule.condition = reader_.expression(fields, "where");
    rule.route.ring = reader_.flag(fields, "ring");
    read_pop(fields, rule.route);
    const std::vector<Node> positions = reader_.list(fields, "positions");
    const bool direct = fields.find("rx") != nullptr || fields.find("tx") != nullptr;
    if (positions.empty() == !direct || positions.size() > fabric::kMaxSwitchPositions) {
      reader_.add(
          node, path,
          fmt::format("expected either rx and tx or 1 to {} positions, got {}", fabric::kMaxSwitchPositions,
                      direct && !positions.empty() ? std::string("both")
                      : positions.empty()          ? std::string("neither")
                                                   : fmt::format("{} positions", positions.size())));
      return;
    }
    if (const Node* ring = fields.find("ring"); ring != nullptr && positions.empty()) {
      reader_.add(*ring, fields.name_of("ring"),
                  "expected positions beside it, got none that it could go round");
    }
    if (direct) rule.route.positions[0] = {directions(fields, "rx"), directions(fields, "tx")};
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const Fields position(positions[i], "position", fmt::format("{}.positions[{}]", path, i), problems_);
      rule.route.positions[i] = {directions(position, "rx"), directions(position, "tx")};
    }
    rule.route.position_count = static_cast<std::uint8_t>(std::max<std::size_t>(positions.size(), 1));
    color.routes.push_back(std::move(rule));
  }

  void read_pop(const Fields& fields, fabric::Route& route) {
    const std::string pop = reader_.text(fields, "pop");
    if (pop == "always") route.pop = fabric::PopMode::always;
    if (pop == "on_advance") route.pop = fabric::PopMode::on_advance;
    if (pop.empty() || pop == "always" || pop == "on_advance" || pop == "never") return;
    reader_.add(*fields.find("pop"), fields.name_of("pop"),
                fmt::format("expected never, always or on_advance, got {}", pop));
  }

  core::DirectionSet directions(const Fields& fields, std::string_view key) {
    std::vector<std::string> names;
    std::vector<Location> where;
    reader_.names(fields, key, names, where);
    core::DirectionSet set;
    for (std::size_t i = 0; i < names.size(); ++i) {
      bool known = false;
      for (std::size_t d = 0; d < core::kDirections; ++d) {
        const auto direction = static_cast<core::Direction>(d);
        if (core::name_of(direction) != names[i]) continue;
        if (set.has(direction)) {
          problems_.add(where[i], fields.name_of(key),
                        fmt::format("expected each direction once, got {} again", names[i]));
        }
        set.add(direction);
        known = true;
      }
      if (known) continue;
      problems_.add(where[i], fields.name_of(key),
                    fmt::format("expected one of north, south, west, east, ramp, got {}", names[i]));
    }
    return set;
  }

  Kernel& kernel_;
  Problems& problems_;
  Reader reader_;
};

}  // namespace

Kernel load_kernel(const std::filesystem::path& file, const GivenParameters& parameters) {
  Problems problems;
  Kernel kernel;
  const Node root = core::config::parse_file(file, 0, problems);
  if (problems.empty()) FileReader(file, kernel, problems).read(root, parameters);
  problems.throw_if_any();
  return kernel;
}

}  // namespace waferloom::kernels
