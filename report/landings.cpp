// SPDX-License-Identifier: Apache-2.0
#include "report/landings.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

#include "core/error.hpp"

namespace waferloom::report {

namespace {

/// Takes a line apart from its beginning.
class LineScanner {
 public:
  explicit LineScanner(std::string_view rest) : rest_(rest) {}

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool take(core::Cycle& number) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }
  bool take(std::uint32_t& number) {
    core::Cycle wide = 0;
    if (!take(wide) || wide > 0xffffffffU) return false;
    number = static_cast<std::uint32_t>(wide);
    return true;
  }
  /// What stands up to `end`, which is taken too.
  std::optional<std::string_view> until(std::string_view end) {
    const std::size_t place = rest_.find(end);
    if (place == std::string_view::npos) return std::nullopt;
    const std::string_view found = rest_.substr(0, place);
    rest_.remove_prefix(place + end.size());
    return found;
  }
  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }
  [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }

 private:
  std::string_view rest_;
};

std::optional<core::Direction> link_of(char letter) {
  switch (letter) {
    case 'N':
      return core::Direction::north;
    case 'S':
      return core::Direction::south;
    case 'W':
      return core::Direction::west;
    case 'E':
      return core::Direction::east;
    case 'R':
      return core::Direction::ramp;
    default:
      return std::nullopt;
  }
}

/// A line without the colors that terminals show.
std::string plain(const std::string& line) {
  std::string result;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b' && i + 1 < line.size() && line[i + 1] == '[') {
      while (i < line.size() && line[i] != 'm') ++i;
    } else if (line[i] != '\r') {
      result += line[i];
    }
  }
  return result;
}

/// Calls `read` with each line's number and text.
template <class Read>
void for_each_line(const std::filesystem::path& path, const Read& read) {
  std::ifstream file(path);
  if (!file)
    throw core::InputError(fmt::format("{}: expected a file, got none that can be read", path.string()));
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) read(number, line);
}

[[noreturn]] void refuse(const std::filesystem::path& path, std::size_t line, std::string_view expected,
                         std::string_view got) {
  throw core::InputError(fmt::format("{}:{}: expected {}, got {}", path.string(), line, expected, got));
}

std::optional<std::pair<Queue, core::Cycle>> landing_in(std::string_view line) {
  LineScanner scanner(line);
  core::Cycle cycle = 0;
  Queue queue;
  if (!scanner.take("@") || !scanner.take(cycle) || !scanner.take(" P") || !scanner.take(queue.at.x) ||
      !scanner.take(".") || !scanner.take(queue.at.y) || !scanner.until(" landing C") ||
      !scanner.take(queue.color) || !scanner.take(" from link ")) {
    return std::nullopt;
  }
  const std::optional<core::Direction> from = link_of(scanner.front());
  if (!from) return std::nullopt;
  queue.from = *from;
  return std::pair{queue, cycle};
}

constexpr std::array<std::string_view, 2> kArrows{"\xe2\x86\x92", "->"};

bool take_arrow(LineScanner& scanner) {
  scanner.skip_blanks();
  const bool found = scanner.take(kArrows[0]) || scanner.take(kArrows[1]);
  scanner.skip_blanks();
  return found;
}

/// `RAMP|WEST`; none where a name is no direction's.
std::optional<core::DirectionSet> directions_in(std::string_view text) {
  core::DirectionSet set;
  while (!text.empty()) {
    const std::size_t bar = text.find('|');
    std::string_view name = text.substr(0, bar);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (!name.empty()) {
      const std::optional<core::Direction> direction = link_of(name.front());
      static constexpr std::array<std::string_view, core::kDirections> kNames{"NORTH", "SOUTH", "WEST",
                                                                              "EAST", "RAMP"};
      if (!direction || name != kNames.at(core::index_of(*direction))) return std::nullopt;
      set.add(*direction);
    }
    text = bar == std::string_view::npos ? std::string_view{} : text.substr(bar + 1);
  }
  return set;
}

void add_all(core::DirectionSet& set, core::DirectionSet more) {
  set = core::DirectionSet::from_bits(static_cast<std::uint8_t>(set.bits() | more.bits()));
}

/// Switch positions up to the bracket that closes them; false where one cannot be read.
bool read_positions(std::string_view body, PrintedRoute& route) {
  LineScanner scanner(body);
  scanner.skip_blanks();
  while (scanner.front() != '\0') {
    std::optional<std::string_view> before = scanner.until("(");
    const std::optional<std::string_view> outputs = before ? scanner.until(")") : std::nullopt;
    if (!outputs) return false;
    std::size_t arrow = before->find(kArrows[0]);
    if (arrow == std::string_view::npos) arrow = before->find(kArrows[1]);
    if (arrow == std::string_view::npos) return false;
    std::string_view input = before->substr(0, arrow);
    while (!input.empty() && (input.front() == ' ' || input.front() == ',')) input.remove_prefix(1);
    while (!input.empty() && input.back() == ' ') input.remove_suffix(1);
    const std::optional<core::DirectionSet> rx =
        input == "INVALID" ? core::DirectionSet{} : directions_in(input);
    const std::optional<core::DirectionSet> tx = directions_in(*outputs);
    if (!rx || !tx) return false;
    add_all(route.rx, *rx);
    add_all(route.tx, *tx);
    while (scanner.front() == ',' || scanner.front() == ' ') (void)(scanner.take(",") || scanner.take(" "));
  }
  return true;
}

bool read_route(LineScanner& scanner, PrintedRoute& route) {
  scanner.skip_blanks();
  if (scanner.take("(")) {
    const std::optional<std::string_view> inputs = scanner.until(")");
    if (!inputs || !take_arrow(scanner) || !scanner.take("(")) return false;
    const std::optional<std::string_view> outputs = scanner.until(")");
    if (!outputs) return false;
    const std::optional<core::DirectionSet> rx = directions_in(*inputs);
    const std::optional<core::DirectionSet> tx = directions_in(*outputs);
    if (!rx || !tx) return false;
    add_all(route.rx, *rx);
    add_all(route.tx, *tx);
    return true;
  }
  if (!scanner.take("[")) return false;
  const std::optional<std::string_view> body = scanner.until("]");
  return body && read_positions(*body, route);
}

}  // namespace

Landings read_landings(const std::filesystem::path& path) {
  Landings landings;
  for_each_line(path, [&](std::size_t number, const std::string& line) {
    if (line.find(" landing C") == std::string::npos) return;
    const std::optional<std::pair<Queue, core::Cycle>> landing = landing_in(line);
    if (!landing) {
      refuse(path, number, "`@CYCLE PX.Y (...) landing CCOLOR from link L`, L one of R, N, S, W, E", line);
    }
    landings[landing->first].push_back(landing->second);
  });
  if (landings.empty()) {
    throw core::InputError(
        fmt::format("{}: expected `landing` lines of a wavelet log, got none", path.string()));
  }
  return landings;
}

PrintedRoutes read_routes(const std::filesystem::path& path) {
  PrintedRoutes routes;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> tile;
  for_each_line(path, [&](std::size_t number, const std::string& raw) {
    const std::string line = plain(raw);
    LineScanner scanner(line);
    if (scanner.take("@(")) {
      std::pair<std::uint32_t, std::uint32_t> at;
      if (!scanner.take(at.first) || !scanner.take(",")) refuse(path, number, "`@(X, Y): ...`", line);
      scanner.skip_blanks();
      if (!scanner.take(at.second) || !scanner.take(")")) refuse(path, number, "`@(X, Y): ...`", line);
      tile = at;
      return;
    }
    scanner.skip_blanks();
    std::uint32_t color = 0;
    if (!scanner.take("[") || !scanner.take(color) || !scanner.take("]")) return;  // no route
    if (!tile) refuse(path, number, "a tile `@(X, Y): ...` before its routes", line);
    PrintedRoute route;
    if (!read_route(scanner, route)) {
      refuse(path, number, "`[COLOR] (RAMP|WEST) -> (EAST)` or switch positions `[COLOR] [EAST -> (WEST)]`",
             line);
    }
    if (route.rx.empty() && route.tx.empty()) return;
    PrintedRoute& whole = routes[{*tile, color}];
    add_all(whole.rx, route.rx);
    add_all(whole.tx, route.tx);
  });
  if (routes.empty()) {
    throw core::InputError(fmt::format(
        "{}: expected routes `[COLOR] (INPUTS) -> (OUTPUTS)` below tiles, got none", path.string()));
  }
  return routes;
}

}  // namespace waferloom::report
