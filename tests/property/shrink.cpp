// SPDX-License-Identifier: Apache-2.0
#include "tests/property/shrink.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "tests/property/levers.hpp"

namespace waferloom::property {

namespace {

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Numbers less than one, the smallest first.
std::vector<std::uint64_t> less_than(std::uint64_t number) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t each : {std::uint64_t{1}, number / 2, number - 1}) {
    if (each >= 1 && each < number && (numbers.empty() || numbers.back() < each)) numbers.push_back(each);
  }
  return numbers;
}

void add_smaller_meshes(const Case& of, std::vector<Case>& out) {
  const auto add = [&](auto change) {
    Case smaller = of;
    change(smaller);
    out.push_back(std::move(smaller));
  };
  if (of.rectangle.width != 0) {
    add([](Case& c) { c.rectangle = {}; });
    add([](Case& c) { c.program = std::exchange(c.rectangle, {}), c.program.y = 1; });
    return;
  }
  if (of.right != 0) add([](Case& c) { c.right = 0; });
  if (of.program.x != 0) add([](Case& c) { c.program.x = 0; });
  for (const std::uint64_t width : less_than(of.program.width)) {
    add([&](Case& c) { c.program.width = static_cast<std::uint32_t>(width); });
  }
  for (const std::uint64_t height : less_than(of.program.height)) {
    add([&](Case& c) { c.program.height = static_cast<std::uint32_t>(height); });
  }
}

/// Cases with one thing less.
std::vector<Case> smaller_cases(const Case& of) {
  std::vector<Case> out;
  for (std::size_t i = 0; i < of.settings.size(); ++i) {
    Case& without = out.emplace_back(of);
    without.settings.erase(without.settings.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (const Lever& lever : levers()) {
    if (of.value(lever.key) == nullptr || position(lever, of) == lever.usual) continue;
    out.emplace_back(of).set(std::string(lever.key), std::string(lever.values[lever.usual]));
  }
  add_smaller_meshes(of, out);
  for (std::size_t i = 0; i < of.model.size(); ++i) {
    if (!is_number(of.model[i].value)) {
      Case& without = out.emplace_back(of);
      without.model.erase(without.model.begin() + static_cast<std::ptrdiff_t>(i));
      continue;
    }
    for (const std::uint64_t number : less_than(std::stoull(of.model[i].value))) {
      out.emplace_back(of).model[i].value = std::to_string(number);
    }
  }
  return out;
}

}  // namespace

Case shrink(Case from, const std::function<bool(const Case&)>& breaks, std::size_t most) {
  bool smaller = true;
  while (smaller && most > 0) {
    smaller = false;
    // Whatever goes is gone; what does not is tried again once something else has gone.
    for (std::size_t i = 0; most > 0; ++i) {
      std::vector<Case> candidates = smaller_cases(from);
      if (i >= candidates.size()) break;
      --most;
      if (!breaks(candidates[i])) continue;
      from = std::move(candidates[i]);
      smaller = true;
      if (i > 0) --i;
    }
  }
  return from;
}

}  // namespace waferloom::property
