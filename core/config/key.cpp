// SPDX-License-Identifier: Apache-2.0
#include "core/config/key.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "core/nearest.hpp"

namespace waferloom::core::config {

namespace {

using nlohmann::json;

constexpr const char* kAll = "all";

std::string with_article(std::string_view noun) {
  return fmt::format(
      "{} {}", std::string_view("aeiou").find(noun.front()) != std::string_view::npos ? "an" : "a", noun);
}

/// "`expected` in the units B, KiB" for a quantity, "... without a unit" where none belongs.
std::string expected_number(std::string_view noun, Dimension dimension, std::string_view range) {
  const std::string units = unit_symbols(dimension);
  return units.empty() ? fmt::format("{} {}", with_article(noun), range)
                       : fmt::format("{} {} with a unit ({})", with_article(noun), range, units);
}

std::string got_with_reason(const Node& node, QuantityFault fault, Dimension dimension) {
  switch (fault) {
    case QuantityFault::missing_unit:
      return node.shown() + " without a unit";
    case QuantityFault::unknown_unit:
      return node.shown() + (dimension == Dimension::none ? " with a unit" : " with another unit");
    default:
      return node.shown();
  }
}

std::string range_text(const std::string& least, const std::string& most, bool open) {
  return fmt::format("from {} to {}{}", least, open ? "less than " : "", most);
}

/// Reads a whole number in `range` from a scalar, or reports.
std::optional<std::uint64_t> read_whole(const Node& node, Dimension dimension,
                                        const Range<std::uint64_t>& range, const std::string& expected,
                                        const Report& report) {
  if (node.kind != Node::Kind::scalar) {
    report(node, expected, node.shown());
    return std::nullopt;
  }
  const auto [value, fault] = parse_whole(node.text, dimension);
  const bool in_range = value >= range.least && value <= range.most && !(range.open && value == range.most);
  if (fault != QuantityFault::none || !in_range) {
    report(node, expected, got_with_reason(node, fault, dimension));
    return std::nullopt;
  }
  return value;
}

std::optional<std::size_t> read_name(const Node& node, const std::vector<std::string>& allowed,
                                     const std::string& expected, const Report& report) {
  const auto found = std::find(allowed.begin(), allowed.end(), node.text);
  if (node.kind == Node::Kind::scalar && found != allowed.end()) {
    return static_cast<std::size_t>(found - allowed.begin());
  }
  std::string got = node.shown();
  if (node.kind == Node::Kind::scalar) got += suggestion(node.text, allowed);
  report(node, expected, got);
  return std::nullopt;
}

/// "a", "a or b", "one of a, b, c"
std::string one_of(const std::vector<std::string>& allowed) {
  if (allowed.size() > 2) return fmt::format("one of {}", fmt::join(allowed, ", "));
  return fmt::format("{}", fmt::join(allowed, " or "));
}

json whole_schema(Dimension dimension, const Range<std::uint64_t>& range) {
  if (dimension != Dimension::none) {
    return {{"type", "string"}, {"pattern", fmt::format("^{}$", quantity_pattern(dimension, true))}};
  }
  json schema{{"type", "integer"}, {"minimum", range.least}};
  // Editors hold numbers as doubles: a bound that these cannot tell apart says nothing.
  if (range.most < (std::uint64_t{1} << 53U)) schema["maximum"] = range.most;
  return schema;
}

/// The items of a list; a scalar counts as a list of itself.
std::span<const Node> items_of(const Node& node) {
  if (node.kind == Node::Kind::sequence) return node.items;
  return {&node, 1};
}

/// `4` or `4-6`.
std::optional<Range<std::uint64_t>> parse_index_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_whole(text.substr(0, dash), Dimension::none);
  if (first.fault != QuantityFault::none) return std::nullopt;
  if (dash == std::string_view::npos) return Range<std::uint64_t>{first.value, first.value};
  const auto last = parse_whole(text.substr(dash + 1), Dimension::none);
  if (last.fault != QuantityFault::none || last.value < first.value) return std::nullopt;
  return Range<std::uint64_t>{first.value, last.value};
}

/// Consecutive numbers as one range.
json index_ranges(const std::vector<std::uint32_t>& values) {
  if (values.empty()) return kAll;
  json ranges = json::array();
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i + 1;
    while (end < values.size() && values[end] == values[end - 1] + 1) ++end;
    if (end - i == 1) {
      ranges.push_back(values[i]);
    } else {
      ranges.push_back(fmt::format("{}-{}", values[i], values[end - 1]));
    }
    i = end;
  }
  return ranges;
}

/// Whether `text` means itself in YAML without quotes, in whatever way it is read.
bool is_plain_text(std::string_view text) {
  static constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.back() == ' ') return false;
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords)) return false;
  // What begins with a digit is a number or a date unless a unit follows.
  const bool quantity = digit(text.front()) && text.find(' ') != std::string_view::npos;
  if (!letter(text.front()) && text.front() != '/' && !quantity) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || digit(c) || std::string_view("_./- ").find(c) != std::string_view::npos;
  });
}

/// YAML 1.1 readers take 1e-05 for text: a number with an exponent needs a decimal point.
std::string with_decimal_point(std::string number) {
  const std::size_t exponent = number.find('e');
  if (exponent != std::string::npos && number.find('.') == std::string::npos) number.insert(exponent, ".0");
  return number;
}

}  // namespace

void Keys::add(Key key) { keys_.push_back(std::move(key)); }

void Keys::add_section(std::string name, std::string help) {
  if (!name.empty() && !is_section(name)) sections_.push_back({std::move(name), std::move(help)});
}

void Keys::leave_out(std::string_view name) {
  for (Key& key : keys_) {
    if (key.name == name) key.effective = false;
  }
}

void Keys::require(std::string_view name) {
  for (Key& key : keys_) {
    if (key.name == name) key.required = true;
  }
}

const Key* Keys::find(std::string_view name) const {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.name == name; });
  if (found != keys_.end()) return &*found;
  const auto member = std::find_if(members_.begin(), members_.end(), [&](const Key& key) {
    return name.size() > key.name.size() + 1 && name.starts_with(key.name) && name[key.name.size()] == '.' &&
           name.find('.', key.name.size() + 1) == std::string_view::npos;
  });
  return member == members_.end() ? nullptr : &*member;
}

void Keys::add_members(Key member) { members_.push_back(std::move(member)); }

bool Keys::is_section(std::string_view name) const {
  return std::any_of(sections_.begin(), sections_.end(), [&](const auto& s) { return s.name == name; });
}

std::string Keys::section_help(std::string_view name) const {
  for (const SectionHelp& section : sections_) {
    if (section.name == name) return section.help;
  }
  return {};
}

std::vector<std::string> Keys::names() const {
  std::vector<std::string> names;
  for (const SectionHelp& section : sections_) names.push_back(section.name);
  for (const Key& key : keys_) names.push_back(key.name);
  return names;
}

std::string Keys::suggestion(std::string_view name) const { return core::suggestion(name, names()); }

std::string yaml_text(const json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return is_plain_text(text) ? text : value.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  if (value.is_number_float()) return with_decimal_point(value.dump());
  if (!value.is_array()) return value.dump();
  std::vector<std::string> items;
  for (const json& item : value) items.push_back(yaml_text(item));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

Section::Section(Keys& keys, std::string name, std::string help) : keys_(keys), name_(std::move(name)) {
  keys_.add_section(name_, std::move(help));
}

std::string Section::full_name(std::string_view name) const {
  return name_.empty() ? std::string(name) : fmt::format("{}.{}", name_, name);
}

void Section::add(Key key) {
  key.name = full_name(key.name);
  key.default_value = key.value();
  keys_.add(std::move(key));
}

void Section::add_whole(std::string_view name, const Access<std::uint64_t>& access, Dimension dimension,
                        const Range<std::uint64_t>& range, std::string_view help) {
  Key key;
  key.name = name;
  key.type = dimension == Dimension::none ? "whole number" : fmt::format("whole {}", name_of(dimension));
  key.range =
      range_text(format_whole(range.least, dimension), format_whole(range.most, dimension), range.open);
  key.units = unit_symbols(dimension);
  key.help = help;
  key.schema = [=] { return whole_schema(dimension, range); };
  key.read = [=, expected = expected_number(key.type, dimension, key.range)](const Node& node,
                                                                             const Report& report) {
    if (const auto value = read_whole(node, dimension, range, expected, report)) access.set(*value);
  };
  key.value = [=]() -> json {
    if (dimension == Dimension::none) return access.get();
    return format_whole(access.get(), dimension);
  };
  add(std::move(key));
}

void Section::quantity(std::string_view name, double& value, Dimension dimension, Range<double> range,
                       std::string_view help) {
  Key key;
  key.name = name;
  key.type = name_of(dimension);
  key.range = range_text(format_real(range.least, dimension), format_real(range.most, dimension), range.open);
  key.units = unit_symbols(dimension);
  key.help = help;
  key.schema = [=]() -> json {
    if (dimension != Dimension::none) {
      return {{"type", "string"}, {"pattern", fmt::format("^{}$", quantity_pattern(dimension, false))}};
    }
    return {{"type", "number"},
            {"minimum", range.least},
            {range.open ? "exclusiveMaximum" : "maximum", range.most}};
  };
  const std::string expected = expected_number(key.type, dimension, key.range);
  key.read = [=, &value](const Node& node, const Report& report) {
    if (node.kind != Node::Kind::scalar) return report(node, expected, node.shown());
    const auto [number, fault] = parse_real(node.text, dimension);
    const bool in_range = number >= range.least && (range.open ? number < range.most : number <= range.most);
    if (fault != QuantityFault::none || !in_range) {
      return report(node, expected, got_with_reason(node, fault, dimension));
    }
    value = number;
  };
  key.value = [=, &value]() -> json {
    if (dimension == Dimension::none) return value;
    return format_real(value, dimension);
  };
  add(std::move(key));
}

void Section::flag(std::string_view name, bool& value, std::string_view help) {
  Key key;
  key.name = name;
  key.type = "flag";
  key.range = "true or false";
  key.help = help;
  key.schema = []() -> json { return {{"type", "boolean"}}; };
  key.read = [&value](const Node& node, const Report& report) {
    static const std::vector<std::string> kNames{"false", "true"};
    if (const auto index = read_name(node, kNames, "true or false", report)) value = *index == 1;
  };
  key.value = [&value]() -> json { return value; };
  add(std::move(key));
}

void Section::text(std::string_view name, std::string& value, std::string_view help,
                   const std::vector<std::string>& allowed, std::string_view note) {
  Key key;
  key.name = name;
  key.type = "text";
  if (!allowed.empty()) key.range = fmt::format("{}{}{}", one_of(allowed), note.empty() ? "" : " ", note);
  key.help = help;
  key.schema = [allowed] {
    json schema{{"type", "string"}};
    if (!allowed.empty()) schema["enum"] = allowed;
    return schema;
  };
  key.read = [&value, allowed, expected = key.range](const Node& node, const Report& report) {
    if (allowed.empty()) {
      if (node.kind != Node::Kind::scalar) return report(node, "a text", node.shown());
      value = node.text;
    } else if (const auto index = read_name(node, allowed, expected, report)) {
      value = allowed[*index];
    }
  };
  key.value = [&value]() -> json { return value; };
  add(std::move(key));
}

void Section::texts(std::string_view name, std::vector<std::string>& values, std::string_view help) {
  Key key;
  key.name = name;
  key.type = "list of texts";
  key.help = help;
  key.schema = []() -> json {
    return {{"anyOf", {{{"type", "string"}}, {{"type", "array"}, {"items", {{"type", "string"}}}}}}};
  };
  key.read = [&values](const Node& node, const Report& report) {
    std::vector<std::string> read;
    if (node.kind != Node::Kind::scalar && node.kind != Node::Kind::sequence) {
      return report(node, "a text or a list of texts", node.shown());
    }
    for (const Node& item : items_of(node)) {
      if (item.kind != Node::Kind::scalar) return report(item, "a text", item.shown());
      read.push_back(item.text);
    }
    values = std::move(read);
  };
  key.value = [&values]() -> json { return values; };
  add(std::move(key));
}

namespace {

std::optional<std::int64_t> read_integer(const Node& node, const Report& report) {
  std::int64_t value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [rest, error] = std::from_chars(node.text.data(), end, value);
  if (node.kind == Node::Kind::scalar && error == std::errc() && rest == end) return value;
  report(node, "a whole number", node.shown());
  return std::nullopt;
}

}  // namespace

void Section::numbers(std::string_view name, std::map<std::string, std::int64_t>& values,
                      std::string_view help) {
  Key key;
  key.name = name;
  key.type = "whole numbers by name";
  key.help = help;
  key.schema = []() -> json { return {{"type", "object"}, {"additionalProperties", {{"type", "integer"}}}}; };
  key.read = [&values](const Node& node, const Report& report) {
    if (node.kind != Node::Kind::mapping) return report(node, "whole numbers by name", node.shown());
    for (std::size_t i = 0; i < node.keys.size() && i < node.items.size(); ++i) {
      if (const auto value = read_integer(node.items[i], report)) values[node.keys[i].text] = *value;
    }
  };
  key.value = [&values]() -> json { return values; };
  Key member;
  member.name = full_name(name);
  member.type = "whole number";
  member.help = help;
  member.schema = []() -> json { return {{"type", "integer"}}; };
  member.read = [](const Node& node, const Report& report) { static_cast<void>(read_integer(node, report)); };
  member.value = []() -> json { return 0; };
  keys_.add_members(std::move(member));
  add(std::move(key));
}

void Section::window(std::string_view name, std::pair<double, double>& value, Dimension dimension,
                     std::string_view help) {
  Key key;
  key.name = name;
  key.type = fmt::format("two of {}", name_of(dimension));
  key.range = fmt::format("{}, or a list of a begin and a later end", kAll);
  key.units = unit_symbols(dimension);
  key.help = help;
  key.schema = [=]() -> json {
    const json item{{"type", "string"}, {"pattern", fmt::format("^{}$", quantity_pattern(dimension, false))}};
    return {{"anyOf",
             {{{"const", kAll}}, {{"type", "array"}, {"items", item}, {"minItems", 2}, {"maxItems", 2}}}}};
  };
  const std::string expected = fmt::format("{} or two of {} with units ({}), the second later", kAll,
                                           name_of(dimension), unit_symbols(dimension));
  key.read = [=, &value](const Node& node, const Report& report) {
    if (node.kind == Node::Kind::scalar && node.text == kAll) {
      value = {};
      return;
    }
    if (node.kind != Node::Kind::sequence || node.items.size() != 2)
      return report(node, expected, node.shown());
    std::array<double, 2> ends{};
    for (std::size_t i = 0; i < ends.size(); ++i) {
      const auto [number, fault] = parse_real(node.items[i].text, dimension);
      if (fault != QuantityFault::none || number < 0)
        return report(node.items[i], expected, node.items[i].shown());
      ends[i] = number;
    }
    if (ends[0] >= ends[1]) {
      return report(node, expected, fmt::format("[{}, {}]", node.items[0].text, node.items[1].text));
    }
    value = {ends[0], ends[1]};
  };
  key.value = [=, &value]() -> json {
    if (value.second == 0) return kAll;
    return {format_real(value.first, dimension), format_real(value.second, dimension)};
  };
  add(std::move(key));
}

void Section::add_choice(std::string_view name, const Access<std::uint64_t>& access,
                         const std::vector<std::string>& allowed, std::string_view help) {
  Key key;
  key.name = name;
  key.type = "name";
  key.range = one_of(allowed);
  key.help = help;
  key.schema = [=]() -> json { return {{"type", "string"}, {"enum", allowed}}; };
  key.read = [=](const Node& node, const Report& report) {
    if (const auto index = read_name(node, allowed, one_of(allowed), report)) access.set(*index);
  };
  key.value = [=]() -> json { return allowed.at(access.get()); };
  add(std::move(key));
}

void Section::add_choices(std::string_view name, const Access<std::vector<std::uint64_t>>& access,
                          const std::vector<std::string>& allowed, std::string_view help) {
  Key key;
  key.name = name;
  key.type = "list of names";
  key.range = fmt::format("all, or a list of {}", fmt::join(allowed, ", "));
  key.help = help;
  key.schema = [=]() -> json {
    const json item{{"type", "string"}, {"enum", allowed}};
    std::vector<std::string> single{kAll};
    single.insert(single.end(), allowed.begin(), allowed.end());
    return {{"anyOf",
             {{{"type", "string"}, {"enum", single}},
              {{"type", "array"}, {"items", item}, {"minItems", 1}, {"uniqueItems", true}}}}};
  };
  key.read = [=, expected = key.range](const Node& node, const Report& report) {
    if (node.kind == Node::Kind::scalar && node.text == kAll) return access.set({});
    if (node.kind != Node::Kind::scalar && (node.kind != Node::Kind::sequence || node.items.empty())) {
      return report(node, expected,
                    node.items.empty() && node.kind == Node::Kind::sequence ? "an empty list" : node.shown());
    }
    std::vector<std::uint64_t> indices;
    bool sound = true;
    for (const Node& item_node : items_of(node)) {
      const auto index = read_name(item_node, allowed, expected, report);
      sound = sound && index.has_value();
      if (!index) continue;
      if (std::find(indices.begin(), indices.end(), *index) != indices.end()) {
        report(item_node, "each name once", fmt::format("{} again", item_node.text));
        sound = false;
      }
      indices.push_back(*index);
    }
    // In the table's order, so that the same set is the same configuration.
    std::sort(indices.begin(), indices.end());
    if (sound) access.set(indices);
  };
  key.value = [=]() -> json {
    const std::vector<std::uint64_t> indices = access.get();
    if (indices.empty()) return kAll;
    json names = json::array();
    for (std::uint64_t i : indices) names.push_back(allowed.at(i));
    return names;
  };
  add(std::move(key));
}

void Section::counts(std::string_view name, std::vector<std::uint32_t>& values, Range<std::uint32_t> length,
                     Range<std::uint32_t> each, std::string_view help) {
  Key key;
  key.name = name;
  key.type = "list of whole numbers";
  key.range =
      fmt::format("{} to {} numbers, each from {} to {}", length.least, length.most, each.least, each.most);
  key.help = help;
  key.schema = [=]() -> json {
    return {{"type", "array"},
            {"items", {{"type", "integer"}, {"minimum", each.least}, {"maximum", each.most}}},
            {"minItems", length.least},
            {"maxItems", length.most}};
  };
  const std::string expected_item = fmt::format("a whole number from {} to {}", each.least, each.most);
  key.read = [=, &values, expected = fmt::format("a list of {}", key.range)](const Node& node,
                                                                             const Report& report) {
    if (node.kind != Node::Kind::sequence) return report(node, expected, node.shown());
    if (node.items.size() < length.least || node.items.size() > length.most) {
      return report(node, expected, fmt::format("{} numbers", node.items.size()));
    }
    std::vector<std::uint32_t> read;
    for (const Node& item : node.items) {
      const auto value = read_whole(item, Dimension::none, {each.least, each.most}, expected_item, report);
      if (value) read.push_back(static_cast<std::uint32_t>(*value));
    }
    if (read.size() == node.items.size()) values = read;
  };
  key.value = [&values]() -> json { return values; };
  add(std::move(key));
}

void Section::indices(std::string_view name, std::vector<std::uint32_t>& values, std::uint32_t most,
                      std::string_view help) {
  Key key;
  key.name = name;
  key.type = "list of numbers and ranges";
  key.range = fmt::format("all, or numbers and ranges such as 0, 0-3 or [0, 4-6], each from 0 to {}", most);
  key.help = help;
  key.schema = [=]() -> json {
    const json range_schema{{"type", "string"}, {"pattern", "^(0|[1-9][0-9]*)(-(0|[1-9][0-9]*))?$"}};
    const json number_schema{{"type", "integer"}, {"minimum", 0}, {"maximum", most}};
    const json item_schema{{"anyOf", {number_schema, range_schema}}};
    return {{"anyOf",
             {number_schema,
              range_schema,
              {{"const", kAll}},
              {{"type", "array"}, {"items", item_schema}, {"minItems", 1}}}}};
  };
  key.read = [=, &values, expected = key.range](const Node& node, const Report& report) {
    if (node.kind == Node::Kind::scalar && node.text == kAll) return values.clear();
    if (node.kind == Node::Kind::sequence && node.items.empty())
      return report(node, expected, "an empty list");
    std::vector<std::uint32_t> read;
    bool sound = true;
    for (const Node& item : items_of(node)) {
      const auto range = item.kind == Node::Kind::scalar ? parse_index_range(item.text) : std::nullopt;
      if (!range || range->most > most) {
        report(item, expected, item.shown());
        sound = false;
        continue;
      }
      for (std::uint64_t i = range->least; i <= range->most; ++i)
        read.push_back(static_cast<std::uint32_t>(i));
    }
    std::sort(read.begin(), read.end());
    if (const auto twice = std::adjacent_find(read.begin(), read.end()); sound && twice != read.end()) {
      report(node, "each number once", fmt::format("{} twice", *twice));
      sound = false;
    }
    if (sound) values = read;
  };
  key.value = [&values]() -> json { return index_ranges(values); };
  add(std::move(key));
}

void Section::rectangle(std::string_view name, Rectangle& value, std::uint32_t least_extent,
                        std::uint32_t most, std::string_view help) {
  Section inner(keys_, full_name(name), std::string(help));
  inner.count<std::uint32_t>("x", value.x, {0, most}, "first column; columns count eastwards from 0");
  inner.count<std::uint32_t>("y", value.y, {0, most}, "first row; rows count southwards from 0");
  inner.count<std::uint32_t>("width", value.width, {least_extent, most}, "columns");
  inner.count<std::uint32_t>("height", value.height, {least_extent, most}, "rows");
}

}  // namespace waferloom::core::config
