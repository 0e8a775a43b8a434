// SPDX-License-Identifier: Apache-2.0
// Declaration of configuration keys. Each key is declared once, beside its parameter struct, by name,
// reference, range and help text; its default is what the referenced member holds at that moment. From the
// declaration come the parser and its errors (reader.hpp), the effective configuration (writer.hpp), and the
// descriptions, the JSON Schema and the reference page (reference.hpp).
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/document.hpp"
#include "core/geometry.hpp"
#include "core/units.hpp"

namespace waferloom::core::config {

/// Inclusive bounds, in base units.
template <class T>
struct Range {
  T least{};
  T most = std::numeric_limits<T>::max();
  bool open = false;  ///< `most` itself is not allowed
};

/// A name that users write for an enumerator.
template <class E>
struct Named {
  std::string_view name;
  E value;
};

/// Reports that a node (the value or an item of it) is not what was expected.
using Report = std::function<void(const Node& node, const std::string& expected, const std::string& got)>;

/// One declared key. The functions refer to the parameter struct that was given at the declaration.
struct Key {
  std::string name;                                      ///< dotted, e.g. `fabric.width`
  std::string type;                                      ///< "whole number", "frequency", "one of", ...
  std::string range;                                     ///< "1 to 16384", "color", ...
  std::string units;                                     ///< accepted units, or empty
  nlohmann::json default_value;                          ///< as a user would write it
  std::string help;                                      ///< what it is, and where the default comes from
  std::function<nlohmann::json()> schema;                ///< JSON Schema (draft-07) of the value
  bool effective = true;                                 ///< whether effective configurations state it
  bool required = false;                                 ///< has no default: a file has to state it
  std::function<void(const Node&, const Report&)> read;  ///< checks a node and stores its value
  std::function<nlohmann::json()> value;                 ///< the present value, as a user would write it
};

/// All keys of a configuration, in the order of their declaration. It must not outlive the parameter structs.
class Keys {
 public:
  void add(Key key);
  void add_section(std::string name, std::string help);
  /// Effective configurations will not state the key `name`.
  void leave_out(std::string_view name);
  /// Of a key that holds a mapping of numbers: `NAME.x` for any x is `member`.
  void add_members(Key member);
  /// The key `name` has no default. Who reads a file checks that it is there.
  void require(std::string_view name);

  [[nodiscard]] const std::vector<Key>& all() const { return keys_; }
  /// The key `name`, or nullptr.
  [[nodiscard]] const Key* find(std::string_view name) const;
  [[nodiscard]] bool is_section(std::string_view name) const;
  [[nodiscard]] std::string section_help(std::string_view name) const;
  /// Names of all keys and sections.
  [[nodiscard]] std::vector<std::string> names() const;
  /// `; did you mean fabric.width?`, or empty.
  [[nodiscard]] std::string suggestion(std::string_view name) const;

 private:
  struct SectionHelp {
    std::string name;
    std::string help;
  };
  std::vector<Key> keys_;
  std::vector<Key> members_;  ///< by the name of the key that holds them
  std::vector<SectionHelp> sections_;
};

/// A present value as flow-style YAML, e.g. `24`, `850 MHz`, `[6, 4]`, `"a text"`.
[[nodiscard]] std::string yaml_text(const nlohmann::json& value);

/// Declares the keys of one section; the empty name is the top level.
class Section {
 public:
  Section(Keys& keys, std::string name, std::string help);

  /// A number of things, without a unit.
  template <std::unsigned_integral T>
  void count(std::string_view name, T& value, Range<T> range, std::string_view help) {
    amount(name, value, Dimension::none, range, help);
  }

  /// A whole number of a dimension's base units, e.g. `48 KiB`, `2 cycles`.
  template <std::unsigned_integral T>
  void amount(std::string_view name, T& value, Dimension dimension, Range<T> range, std::string_view help) {
    add_whole(
        name,
        {[&value] { return std::uint64_t{value}; }, [&value](std::uint64_t v) { value = static_cast<T>(v); }},
        dimension, {range.least, range.most, range.open}, help);
  }

  /// A real number with a unit, e.g. `850 MHz`; Dimension::none for a plain one.
  void quantity(std::string_view name, double& value, Dimension dimension, Range<double> range,
                std::string_view help);

  /// `true` or `false`.
  void flag(std::string_view name, bool& value, std::string_view help);

  /// A text; one of `allowed` unless that is empty. Errors state `note` after what is allowed.
  void text(std::string_view name, std::string& value, std::string_view help,
            const std::vector<std::string>& allowed = {}, std::string_view note = {});

  /// A list of texts, none by default.
  void texts(std::string_view name, std::vector<std::string>& values, std::string_view help);

  /// Two quantities, the second not before the first: `[0 us, 20 us]`; `all` where both are 0.
  void window(std::string_view name, std::pair<double, double>& value, Dimension dimension,
              std::string_view help);

  /// One of the names of a table.
  template <class E>
  void choice(std::string_view name, E& value, std::span<const Named<E>> table, std::string_view help) {
    add_choice(name,
               {[&value, table] { return index_in(table, value); },
                [&value, table](std::uint64_t i) { value = table[i].value; }},
               names_in(table), help);
  }

  /// A list of names of a table, each at most once; empty is written `all`.
  template <class E>
  void choices(std::string_view name, std::vector<E>& values, std::span<const Named<E>> table,
               std::string_view help) {
    const auto get = [&values, table] {
      std::vector<std::uint64_t> indices;
      for (const E& value : values) indices.push_back(index_in(table, value));
      return indices;
    };
    const auto set = [&values, table](const std::vector<std::uint64_t>& indices) {
      values.clear();
      for (std::uint64_t i : indices) values.push_back(table[i].value);
    };
    add_choices(name, {get, set}, names_in(table), help);
  }

  /// Whole numbers by name, none by default; those that are set later join or replace the others.
  void numbers(std::string_view name, std::map<std::string, std::int64_t>& values, std::string_view help);

  /// A list of `length` numbers without unit.
  void counts(std::string_view name, std::vector<std::uint32_t>& values, Range<std::uint32_t> length,
              Range<std::uint32_t> each, std::string_view help);

  /// Numbers and ranges, each at most once and kept in ascending order: `0`, `[0, 3]`, `0-3`, `[0, 4-6]`;
  /// empty is written `all`.
  void indices(std::string_view name, std::vector<std::uint32_t>& values, std::uint32_t most,
               std::string_view help);

  /// The keys NAME.x, NAME.y, NAME.width and NAME.height.
  void rectangle(std::string_view name, Rectangle& value, std::uint32_t least_extent, std::uint32_t most,
                 std::string_view help);

 private:
  template <class T>
  struct Access {
    std::function<T()> get;
    std::function<void(const T&)> set;
  };

  template <class E>
  static std::uint64_t index_in(std::span<const Named<E>> table, E value) {
    std::uint64_t index = 0;
    while (index < table.size() && table[index].value != value) ++index;
    return index;
  }
  template <class E>
  static std::vector<std::string> names_in(std::span<const Named<E>> table) {
    std::vector<std::string> names;
    for (const Named<E>& entry : table) names.emplace_back(entry.name);
    return names;
  }

  [[nodiscard]] std::string full_name(std::string_view name) const;
  void add(Key key);
  void add_whole(std::string_view name, const Access<std::uint64_t>& access, Dimension dimension,
                 const Range<std::uint64_t>& range, std::string_view help);
  void add_choice(std::string_view name, const Access<std::uint64_t>& access,
                  const std::vector<std::string>& allowed, std::string_view help);
  void add_choices(std::string_view name, const Access<std::vector<std::uint64_t>>& access,
                   const std::vector<std::string>& allowed, std::string_view help);

  Keys& keys_;
  std::string name_;
};

}  // namespace waferloom::core::config
