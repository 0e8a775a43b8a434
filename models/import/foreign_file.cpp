// SPDX-License-Identifier: Apache-2.0
#include "models/import/foreign_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "models/model.hpp"

namespace waferloom::models {

namespace {

std::string shown(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  return node.IsSequence() ? "a list" : "a mapping";
}

/// A value that says that something is not used.
bool is_nothing(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return true;
  if (node.IsSequence() || node.IsMap()) return node.size() == 0;
  const std::string& text = node.Scalar();
  return text.empty() || text == "false" || text == "False" || text == "0" || text == "0.0" ||
         text == "none" || text == "None";
}

bool matches(std::string_view key, std::string_view pattern) {
  const bool open_start = pattern.starts_with('*');
  const bool open_end = pattern.size() > 1 && pattern.ends_with('*');
  const std::string_view core =
      pattern.substr(open_start ? 1 : 0, pattern.size() - (open_start ? 1 : 0) - (open_end ? 1 : 0));
  if (open_start && open_end) return key.find(core) != std::string_view::npos;
  if (open_start) return key.ends_with(core);
  return open_end ? key.starts_with(core) : key == core;
}

}  // namespace

YAML::Node parse_foreign(const std::string& text, const std::filesystem::path& file) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw core::InputError(fmt::format("{}:{}:{}: expected JSON or YAML: {}", file.string(),
                                       error.mark.line + 1, error.mark.column + 1, error.msg));
  }
}

ForeignSection::ForeignSection(const YAML::Node& mapping, std::string source, std::string prefix,
                               core::config::Problems& problems)
    : mapping_(mapping), source_(std::move(source)), prefix_(std::move(prefix)), problems_(problems) {}

core::config::Location ForeignSection::where(const YAML::Node& node) const {
  const YAML::Mark mark = node.Mark();
  if (mark.is_null()) return {source_, 0, 0, 0};
  return {source_, static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1, 0};
}

YAML::Node ForeignSection::at(std::string_view key) {
  asked_.emplace(key);
  return std::as_const(mapping_)[std::string(key)];
}

bool ForeignSection::has(std::string_view key) const {
  const YAML::Node node = mapping_[std::string(key)];
  return node.IsDefined() && !node.IsNull();
}

void ForeignSection::problem(std::string_view key, const std::string& message) {
  const YAML::Node node = std::as_const(mapping_)[std::string(key)];
  problems_.add(where(node.IsDefined() ? node : mapping_), prefix_ + std::string(key), message);
}

std::uint64_t ForeignSection::count_or(std::initializer_list<std::string_view> keys,
                                       std::uint64_t otherwise) {
  std::optional<std::uint64_t> found;
  for (const std::string_view key : keys) {
    const YAML::Node node = at(key);
    if (found || !node.IsDefined() || node.IsNull()) continue;
    std::uint64_t value = 0;
    if (!node.IsScalar() || !YAML::convert<std::uint64_t>::decode(node, value) || value == 0 ||
        value > kMostOfDimension) {
      problem(key,
              fmt::format("expected a whole number from 1 to {}, got {}", kMostOfDimension, shown(node)));
      value = 1;
    }
    found = value;
  }
  return found.value_or(otherwise);
}

std::uint64_t ForeignSection::count(std::initializer_list<std::string_view> keys) {
  const std::uint64_t value = count_or(keys, 0);
  if (value == 0) problem(*keys.begin(), "expected a value, got nothing");
  return value;
}

bool ForeignSection::flag(std::string_view key, bool otherwise) {
  const YAML::Node node = at(key);
  if (!node.IsDefined() || node.IsNull()) return otherwise;
  bool value = otherwise;
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
    problem(key, "expected true or false, got " + shown(node));
  }
  return value;
}

double ForeignSection::number(std::string_view key, double otherwise) {
  const YAML::Node node = at(key);
  if (!node.IsDefined() || node.IsNull()) return otherwise;
  double value = otherwise;
  if (!node.IsScalar() || !YAML::convert<double>::decode(node, value) || !std::isfinite(value)) {
    problem(key, "expected a number, got " + shown(node));
    return otherwise;
  }
  return value;
}

std::string ForeignSection::text(std::string_view key, std::string_view otherwise) {
  const YAML::Node node = at(key);
  if (!node.IsDefined() || node.IsNull()) return std::string(otherwise);
  if (!node.IsScalar()) problem(key, "expected a text, got " + shown(node));
  return node.IsScalar() ? node.Scalar() : std::string(otherwise);
}

void ForeignSection::refuse(std::string_view key, std::string_view what) {
  const YAML::Node node = at(key);
  if (is_nothing(node)) return;
  problem(key, fmt::format("expected a model without {}, which are not modelled; got {}", what, shown(node)));
}

void ForeignSection::no_matter(std::initializer_list<std::string_view> patterns) {
  for (const auto& entry : mapping_) {
    if (!entry.first.IsScalar()) continue;
    const std::string& key = entry.first.Scalar();
    for (const std::string_view pattern : patterns) {
      if (matches(key, pattern)) asked_.insert(key);
    }
  }
}

void ForeignSection::finish() {
  for (const auto& entry : mapping_) {
    if (!entry.first.IsScalar()) {
      problems_.add(where(entry.first), prefix_, "expected keys that are texts, got " + shown(entry.first));
    } else if (!asked_.contains(entry.first.Scalar()) && !is_nothing(entry.second)) {
      problems_.add(
          where(entry.first), prefix_ + entry.first.Scalar(),
          fmt::format("expected a key whose meaning is known here, got one that may change the model (its "
                      "value is {}); remove it if it does not",
                      shown(entry.second)));
    }
  }
}

}  // namespace waferloom::models
