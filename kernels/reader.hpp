// SPDX-License-Identifier: Apache-2.0
// What the parts of a kernel file's reader share: problems, and what names mean where.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/document.hpp"
#include "kernels/expression.hpp"
#include "kernels/fields.hpp"
#include "kernels/kernel.hpp"

namespace waferloom::kernels {

class Reader {
 public:
  Reader(Kernel& kernel, core::config::Problems& problems) : kernel_(kernel), problems_(problems) {}

  void add(const core::config::Node& node, std::string_view key, const std::string& message) {
    problems_.add(node.where, key, message);
  }

  // Names.
  void define(const std::string& name, Meaning meaning) { names_[name] = meaning; }
  void undefine(const std::string& name) { names_.erase(name); }
  [[nodiscard]] bool is_defined(const std::string& name) const { return names_.contains(name); }
  [[nodiscard]] std::uint32_t new_slot() { return kernel_.slots++; }
  /// Whether `node` is a name that nothing else has; else it is reported.
  bool is_new_name(const core::config::Node& node, const std::string& key);

  // Values. Each reports what is wrong, and gives none then.
  [[nodiscard]] std::optional<Placed> expression(const core::config::Node& node, const std::string& key);
  [[nodiscard]] std::optional<Placed> expression(const Fields& fields, std::string_view key);
  /// Of an expression that has to be the same on all tiles.
  [[nodiscard]] std::optional<std::int64_t> constant(const core::config::Node& node, const std::string& key,
                                                     std::int64_t least, std::int64_t most);
  [[nodiscard]] bool flag(const Fields& fields, std::string_view key);
  [[nodiscard]] std::string text(const Fields& fields, std::string_view key);
  [[nodiscard]] std::optional<Type> type(const Fields& fields, std::string_view key);
  /// `NAME`, or `NAME[EXPRESSION]` with the expression's value in its place.
  [[nodiscard]] std::string indexed_name(const core::config::Node& node, std::string_view text,
                                         const std::string& key);
  /// A name, or a list of names, with where each stands.
  void names(const Fields& fields, std::string_view key, std::vector<std::string>& found,
             std::vector<Location>& where);
  void names(const core::config::Node& node, const std::string& key, std::vector<std::string>& found,
             std::vector<Location>& where);
  /// Items of a list; none where it is none, which is reported.
  [[nodiscard]] std::vector<core::config::Node> list(const Fields& fields, std::string_view key);
  /// Commands of a control wavelet as its payload.
  [[nodiscard]] std::uint32_t commands(const Fields& fields, std::string_view key);

  /// Calls `body(suffix)` for each value of what `for` in `fields` repeats over, with the names defined;
  /// `suffix` is `[VALUE]`, or empty without `for`.
  template <class Body>
  void repeat(const Fields& fields, const Body& body) {
    const core::config::Node* node = fields.find("for");
    if (node == nullptr) {
      body(std::string());
      return;
    }
    repeat_from(*node, fields.name_of("for"), 0, std::string(), body);
  }

  /// Index of a color or buffer by name; none is reported with what is known.
  [[nodiscard]] std::optional<std::uint32_t> color(const core::config::Node& node, const std::string& name,
                                                   const std::string& key);
  [[nodiscard]] std::optional<std::uint32_t> buffer(const core::config::Node& node, const std::string& name,
                                                    const std::string& key);
  [[nodiscard]] Kernel& kernel() { return kernel_; }
  [[nodiscard]] core::config::Problems& problems() { return problems_; }

 private:
  static constexpr std::int64_t kMostRepetitions = 4096;
  static constexpr std::uint32_t kMostRepeated = 10'000;

  template <class Body>
  void repeat_from(const core::config::Node& node, const std::string& key, std::size_t from,
                   const std::string& suffix, const Body& body) {
    if (node.kind != core::config::Node::Kind::mapping) {
      if (node.kind != core::config::Node::Kind::invalid) {
        add(node, key, "expected names with counts, e.g. { k: 4 }, got " + node.shown());
      }
      return;
    }
    if (from == node.keys.size()) {
      if (++repeated_ < kMostRepeated) body(suffix);
      if (repeated_ == kMostRepeated) {
        add(node, key,
            fmt::format("expected that for repeats at most {} times in all, got more", kMostRepeated));
      }
      return;
    }
    const std::optional<std::int64_t> count = constant(node.items[from], key, 0, kMostRepetitions);
    if (!count || !is_new_name(node.keys[from], key)) return;
    const std::string& name = node.keys[from].text;
    for (std::int64_t value = 0; value < *count; ++value) {
      define(name, {false, value});
      repeat_from(node, key, from + 1, suffix + "[" + std::to_string(value) + "]", body);
    }
    undefine(name);
  }

  Kernel& kernel_;
  core::config::Problems& problems_;
  std::map<std::string, Meaning, std::less<>> names_;
  std::uint32_t repeated_ = 0;
};

/// Reads the tasks' bodies; buffers and colors are known.
void read_tasks(Reader& reader, const Fields& file);

}  // namespace waferloom::kernels
