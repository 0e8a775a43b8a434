// SPDX-License-Identifier: Apache-2.0
#include "trace/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <span>
#include <string>

#include "trace/names.hpp"

namespace waferloom::trace {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr const char* kFormatName = "waferloom-trace";

template <class E>
std::string_view name_in(std::span<const std::string_view> names, E value) {
  return names[static_cast<std::size_t>(value)];
}

/// Reads the fields of one object and remembers which it has seen.
class Fields {
 public:
  explicit Fields(const json& object, std::string where = {}) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) fail("", "an object", object);
  }

  void read(const char* name, std::string& value) {
    if (const json* field = find(name)) {
      if (!field->is_string()) fail(name, "a text", *field);
      value = field->get<std::string>();
    }
  }
  void read(const char* name, double& value) {
    if (const json* field = find(name)) {
      if (!field->is_number()) fail(name, "a number", *field);
      value = field->get<double>();
    }
  }
  template <class T>
  requires std::is_unsigned_v<T>
  void read(const char* name, T& value) {
    if (const json* field = find(name)) value = number<T>(name, *field);
  }
  template <class E>
  requires std::is_enum_v<E>
  void read(const char* name, E& value, std::span<const std::string_view> names) {
    const json* field = find(name);
    if (field == nullptr) return;
    const std::string text = field->is_string() ? field->get<std::string>() : std::string();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == text) {
        value = static_cast<E>(i);
        return;
      }
    }
    fail(name, fmt::format("one of {}", fmt::join(names, ", ")), *field);
  }
  void read(const char* name, Amount& amount) {
    const json* field = find(name);
    if (field == nullptr) return;
    Fields inner(*field, label(name));
    inner.read("scale", amount.scale);
    inner.read("x", amount.x);
    inner.read("y", amount.y);
    inner.read("block", amount.block);
    inner.finish();
  }
  template <class T, class Read>
  void list(const char* name, std::vector<T>& values, const Read& read_item) {
    const json* field = find(name);
    if (field == nullptr) return;
    if (!field->is_array()) fail(name, "a list", *field);
    for (const json& item : *field) values.push_back(read_item(item));
  }
  [[nodiscard]] const json* find(const char* name) {
    seen_.insert(name);
    const auto place = object_.find(name);
    return place == object_.end() ? nullptr : &*place;
  }
  const json& need(const char* name) {
    const json* field = find(name);
    if (field == nullptr) throw FieldError(fmt::format("{}: expected a value, got nothing", label(name)));
    return *field;
  }
  template <class T>
  T number(const char* name, const json& field) const {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 62U;
    const std::uint64_t most = std::min<std::uint64_t>(std::numeric_limits<T>::max(), kMost);
    if (!field.is_number_unsigned() || field.get<std::uint64_t>() > most) {
      fail(name, fmt::format("a whole number from 0 to {}", most), field);
    }
    return static_cast<T>(field.get<std::uint64_t>());
  }
  void finish() const {
    for (const auto& [name, value] : object_.items()) {
      if (!seen_.contains(name)) throw FieldError(fmt::format("{}: expected a known field", label(name)));
    }
  }
  [[noreturn]] void fail(const std::string& name, const std::string& expected, const json& got) const {
    std::string shown = got.dump(-1, ' ', false, json::error_handler_t::replace);
    constexpr std::size_t kMostShown = 60;
    if (shown.size() > kMostShown) shown = shown.substr(0, kMostShown) + "...";
    throw FieldError(fmt::format("{}: expected {}, got {}", label(name), expected, shown));
  }
  [[nodiscard]] std::string label(const std::string& name) const {
    if (where_.empty()) return name.empty() ? "line" : name;
    return name.empty() ? where_ : where_ + "." + name;
  }

 private:
  const json& object_;
  std::string where_;
  std::set<std::string, std::less<>> seen_;
};

void put(ordered_json& object, const char* name, const Amount& amount) {
  if (amount == Amount{}) return;
  ordered_json value;
  if (amount.scale != 0) value["scale"] = amount.scale;
  if (amount.x != 0) value["x"] = amount.x;
  if (amount.y != 0) value["y"] = amount.y;
  if (amount.block != 0) value["block"] = amount.block;
  object[name] = value;
}

template <class T>
void put(ordered_json& object, const char* name, const T& value, const T& default_value) {
  if (value != default_value) object[name] = value;
}

template <class E>
void put(ordered_json& object, const char* name, E value, E default_value,
         std::span<const std::string_view> names) {
  if (value != default_value) object[name] = name_in(names, value);
}

Dependency dependency_from(const json& item) {
  Fields inner(item, "after");
  Dependency dependency;
  inner.need("record");
  inner.read("record", dependency.record);
  inner.read("lag", dependency.lag);
  inner.finish();
  return dependency;
}

Allocation allocation_from(const json& item) {
  Fields inner(item, "allocates");
  Allocation allocation;
  inner.need("tensor");
  inner.read("tensor", allocation.tensor);
  inner.read("bytes", allocation.bytes);
  inner.finish();
  return allocation;
}

}  // namespace

ordered_json to_json(const Header& h) {
  return {{"format", kFormatName},
          {"version", h.version},
          {"model", h.model},
          {"strategy", h.strategy},
          {"columns", h.columns},
          {"rows", h.rows},
          {"tokens", h.tokens},
          {"batch", h.batch},
          {"sequence", h.sequence},
          {"parameters", h.parameters},
          {"description", h.description}};
}

Header header_from(const json& object) {
  Fields fields(object);
  const json& format = fields.need("format");
  if (format != kFormatName) fields.fail("format", fmt::format("\"{}\"", kFormatName), format);
  Header h;
  const json& version = fields.need("version");
  fields.read("version", h.version);
  if (h.version != kFormatVersion) fields.fail("version", std::to_string(kFormatVersion), version);
  fields.read("model", h.model);
  fields.read("strategy", h.strategy);
  fields.need("columns");
  fields.need("rows");
  fields.read("columns", h.columns);
  fields.read("rows", h.rows);
  fields.read("tokens", h.tokens);
  fields.read("batch", h.batch);
  fields.read("sequence", h.sequence);
  fields.read("parameters", h.parameters);
  fields.read("description", h.description);
  fields.finish();
  if (h.columns == 0 || h.rows == 0 || h.columns > 65535 || h.rows > 65535) {
    throw FieldError(fmt::format("columns, rows: expected 1 to 65535, got {} and {}", h.columns, h.rows));
  }
  return h;
}

ordered_json to_json(const Record& r) {
  const Record d;
  ordered_json o;
  o["id"] = r.id;
  o["name"] = r.name;
  put(o, "layer", r.layer, d.layer);
  put(o, "micro_batch", r.micro_batch, d.micro_batch);
  o["phase"] = name_in(kPhaseNames, r.phase);
  o["operation"] = r.operation;
  o["kind"] = name_in(kKindNames, r.kind);
  o["area"] = {{"x", r.area.x}, {"y", r.area.y}, {"width", r.area.width}, {"height", r.area.height}};
  put(o, "axis", r.axis, d.axis, kAxisNames);
  put(o, "pieces", r.pieces, d.pieces);
  put(o, "root", r.root, d.root, kRootNames);
  put(o, "distance", r.distance, d.distance);
  put(o, "blocks", r.blocks, d.blocks);
  if (!r.colors.empty()) {
    for (const std::uint8_t color : r.colors) o["colors"].push_back(std::uint32_t{color});
  }
  put(o, "lanes", r.lanes, d.lanes);
  put(o, "lane", r.lane, d.lane);
  for (const std::uint8_t color : r.relay_colors) o["relay_colors"].push_back(std::uint32_t{color});
  put(o, "elements", r.elements);
  put(o, "element_bits", r.element_bits, d.element_bits);
  put(o, "density", r.density, d.density);
  put(o, "macs", r.macs);
  put(o, "vector_elements", r.vector_elements);
  put(o, "divides", r.divides);
  put(o, "read_bytes", r.read_bytes);
  put(o, "write_bytes", r.write_bytes);
  put(o, "precision", r.precision, d.precision, kPrecisionNames);
  put(o, "setup_cycles", r.setup_cycles, d.setup_cycles);
  if (!r.operands.empty()) o["operands"] = r.operands;
  put(o, "consumes", r.consumes, d.consumes);
  put(o, "order_of", r.order_of, d.order_of);
  put(o, "drains_to", r.drains_to, d.drains_to);
  put(o, "parameters", r.parameters, d.parameters);
  for (const Dependency& dependency : r.after) {
    ordered_json item{{"record", dependency.record}};
    if (dependency.lag != Dependency::kWhole) item["lag"] = dependency.lag;
    o["after"].push_back(std::move(item));
  }
  for (const Allocation& allocation : r.allocates) {
    ordered_json item{{"tensor", allocation.tensor}};
    put(item, "bytes", allocation.bytes);
    o["allocates"].push_back(std::move(item));
  }
  if (!r.frees.empty()) o["frees"] = r.frees;
  return o;
}

Record record_from(const json& object) {
  Fields f(object);
  Record r;
  for (const char* name : {"id", "name", "phase", "operation", "kind", "area"}) f.need(name);
  f.read("id", r.id);
  f.read("name", r.name);
  f.read("layer", r.layer);
  f.read("micro_batch", r.micro_batch);
  f.read("phase", r.phase, kPhaseNames);
  f.read("operation", r.operation);
  f.read("kind", r.kind, kKindNames);
  Fields area(f.need("area"), "area");
  area.read("x", r.area.x);
  area.read("y", r.area.y);
  area.read("width", r.area.width);
  area.read("height", r.area.height);
  area.finish();
  f.read("axis", r.axis, kAxisNames);
  f.read("pieces", r.pieces);
  f.read("root", r.root, kRootNames);
  f.read("distance", r.distance);
  f.read("blocks", r.blocks);
  f.list("colors", r.colors, [&](const json& item) { return f.number<std::uint8_t>("colors", item); });
  f.read("lanes", r.lanes);
  f.read("lane", r.lane);
  f.list("relay_colors", r.relay_colors,
         [&](const json& item) { return f.number<std::uint8_t>("relay_colors", item); });
  f.read("elements", r.elements);
  f.read("element_bits", r.element_bits);
  f.read("density", r.density);
  f.read("macs", r.macs);
  f.read("vector_elements", r.vector_elements);
  f.read("divides", r.divides);
  f.read("read_bytes", r.read_bytes);
  f.read("write_bytes", r.write_bytes);
  f.read("precision", r.precision, kPrecisionNames);
  f.read("setup_cycles", r.setup_cycles);
  f.read("consumes", r.consumes);
  f.read("order_of", r.order_of);
  f.read("drains_to", r.drains_to);
  f.read("parameters", r.parameters);
  f.list("after", r.after, [](const json& item) { return dependency_from(item); });
  f.list("allocates", r.allocates, [](const json& item) { return allocation_from(item); });
  const auto text = [&](const char* name) {
    return [&f, name](const json& item) {
      if (!item.is_string()) f.fail(name, "a list of texts", item);
      return item.get<std::string>();
    };
  };
  f.list("frees", r.frees, text("frees"));
  f.list("operands", r.operands, text("operands"));
  f.finish();
  return r;
}

}  // namespace waferloom::trace
