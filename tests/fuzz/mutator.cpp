// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/mutator.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace waferloom::fuzz {

namespace {

constexpr std::size_t kLongest = 65536;

/// What numbers are replaced by: edges of types, signs, other notations, none at all.
constexpr std::array<std::string_view, 34> kNumbers{"0",
                                                    "1",
                                                    "-1",
                                                    "2",
                                                    "3",
                                                    "7",
                                                    "255",
                                                    "256",
                                                    "65535",
                                                    "65536",
                                                    "2147483647",
                                                    "2147483648",
                                                    "4294967295",
                                                    "4294967296",
                                                    "9007199254740993",
                                                    "4611686018427387904",
                                                    "9223372036854775807",
                                                    "9223372036854775808",
                                                    "18446744073709551615",
                                                    "18446744073709551616",
                                                    "1e3",
                                                    "1e308",
                                                    "1e309",
                                                    "-0",
                                                    "0.5",
                                                    "1.0000000000000001",
                                                    "0x10",
                                                    "1_000",
                                                    "nan",
                                                    "inf",
                                                    "1e-320",
                                                    "",
                                                    "00",
                                                    "99999999999999999999999"};

constexpr std::array<std::string_view, 44> kWords{
    "true",         "false",      "null",  "~",        "[]",        "{}",         "''",
    "\"\"",         "KiB",        "GB",    "s",        "GHz",       "B/cycle",    "Tb/s",
    "burst",        "wavelet",    "smoke", "tiny",     "xy",        "from",       "to",
    "step",         "count",      "scale", "log",      "stream_in", "stream_out", "compute",
    "reduce",       "all_gather", "first", "rotating", "&a",        "*a",         "!!str",
    "<<",           "|",          ">",     "#",        "%",         ",",          "\t",
    "\xef\xbb\xbf", "\xff"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Begin and end of the run of characters of a kind around or after `from`; empty where there is none.
template <class Is>
std::pair<std::size_t, std::size_t> run_at(const std::string& text, std::size_t from, Is is) {
  std::size_t begin = from;
  while (begin < text.size() && !is(text[begin])) ++begin;
  while (begin > 0 && begin < text.size() && is(text[begin - 1])) --begin;
  std::size_t end = begin;
  while (end < text.size() && is(text[end])) ++end;
  return {begin, end};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return lines;
}

}  // namespace

std::string Mutator::next() {
  std::string text = seeds_[below(seeds_.size())];
  for (std::size_t changes = 1 + below(1 + below(6)); changes > 0; --changes) change(text);
  if (text.size() > kLongest) text.resize(kLongest);
  return text;
}

void Mutator::change(std::string& text) {
  switch (below(10)) {
    case 0:
    case 1:
      return change_bytes(text);
    case 2:
    case 3:
    case 4:
      return change_number(text);
    case 5:
    case 6:
      return change_word(text);
    case 7:
      return change_lines(text);
    case 8:
      return nest(text);
    default:
      return splice(text);
  }
}

void Mutator::change_bytes(std::string& text) {
  const std::size_t at = below(text.size() + 1);
  switch (below(4)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
      return;
    case 1:
      text.insert(at, 1, static_cast<char>(below(256)));
      return;
    case 2:
      text.erase(at, 1 + below(8));
      return;
    default:
      text.insert(at, text.substr(at, 1 + below(32)));
  }
}

void Mutator::change_number(std::string& text) {
  const auto [begin, end] = run_at(text, below(text.size() + 1), is_digit);
  text.replace(begin, end - begin, kNumbers[below(kNumbers.size())]);
}

void Mutator::change_word(std::string& text) {
  const auto [begin, end] = run_at(text, below(text.size() + 1), is_word);
  std::string other(kWords[below(kWords.size())]);
  if (below(2) == 0) {
    const std::string& seed = seeds_[below(seeds_.size())];
    const auto [from, to] = run_at(seed, below(seed.size() + 1), is_word);
    other = seed.substr(std::min(from, seed.size()), to - from);
  }
  text.replace(std::min(begin, text.size()), end - begin, other);
}

void Mutator::change_lines(std::string& text) {
  std::vector<std::string> lines = lines_of(text);
  if (lines.empty()) return;
  const std::size_t a = below(lines.size());
  const std::size_t b = below(lines.size());
  switch (below(3)) {
    case 0:
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(a));
      break;
    case 1:
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(b), lines[a]);
      break;
    default:
      std::swap(lines[a], lines[b]);
  }
  text.clear();
  for (const std::string& line : lines) text += line;
}

void Mutator::nest(std::string& text) {
  static constexpr std::array<std::string_view, 6> kOpen{"[", "{\"a\":", "(", "{a: ", "not ", "-"};
  static constexpr std::array<std::string_view, 6> kClose{"]", "}", ")", "}", "", ""};
  const std::size_t kind = below(kOpen.size());
  const std::size_t depth = below(8) == 0 ? 1 + below(20000) : 1 + below(100);
  const std::size_t at = below(text.size() + 1);
  std::string open;
  std::string close;
  for (std::size_t i = 0; i < depth; ++i) {
    open += kOpen[kind];
    close += kClose[kind];
  }
  text.insert(at, open + "1" + close);
}

void Mutator::splice(std::string& text) {
  const std::string& other = seeds_[below(seeds_.size())];
  const std::size_t from = below(other.size() + 1);
  text.replace(below(text.size() + 1), below(64), other.substr(from, below(256)));
}

}  // namespace waferloom::fuzz
