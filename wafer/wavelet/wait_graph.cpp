// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/wait_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/places.hpp"

namespace waferloom::wafer {

using core::Color;
using core::Coordinate;
using core::Direction;
using core::DirectionSet;

namespace {

constexpr std::uint32_t kNobody = 0xffffffff;

std::vector<Direction> members(DirectionSet set) {
  std::vector<Direction> result;
  for (std::size_t d = 0; d < core::kDirections; ++d) {
    if (set.has(static_cast<Direction>(d))) result.push_back(static_cast<Direction>(d));
  }
  return result;
}

class WaitGraph {
 public:
  explicit WaitGraph(const StuckView& view) : view_(view), mesh_(view.mesh()) {
    collect();
    link_queues();
    link_threads();
  }

  std::vector<Waiter> cycle() const {
    std::vector<std::uint8_t> state(nodes_.size(), 0);  // 1: on the path, 2: seen
    for (std::uint32_t start = 0; start < nodes_.size(); ++start) {
      std::vector<Step> path;
      if (state[start] == 0) enter(path, state, start);
      while (!path.empty()) {
        Step& top = path.back();
        const auto& edges = nodes_[top.node].edges;
        if (top.next == edges.size()) {
          state[top.node] = 2;
          path.pop_back();
          continue;
        }
        const std::uint32_t to = edges[top.next++].to;
        if (state[to] == 1) return extract(path, to);
        if (state[to] == 0) enter(path, state, to);
      }
    }
    return {};
  }

 private:
  struct Edge {
    std::uint32_t to = kNobody;
    std::string why;
  };
  struct Node {
    Coordinate at;
    std::string what;
    std::vector<Edge> edges;
  };
  struct Step {
    std::uint32_t node;
    std::size_t next;
  };
  using QueueKey = std::tuple<std::uint32_t, std::uint32_t, Direction, Color>;  // y, x, input, color
  using ThreadKey = std::tuple<std::uint32_t, std::uint32_t, std::uint8_t>;     // y, x, thread

  static void enter(std::vector<Step>& path, std::vector<std::uint8_t>& state, std::uint32_t node) {
    state[node] = 1;
    path.push_back({node, 0});
  }

  std::vector<Waiter> extract(const std::vector<Step>& path, std::uint32_t first) const {
    std::vector<Waiter> result;
    const auto begin = std::find_if(path.begin(), path.end(), [&](const Step& s) { return s.node == first; });
    for (auto step = begin; step != path.end(); ++step) {
      const Node& node = nodes_[step->node];
      result.push_back({node.at, node.what, node.edges[step->next - 1].why});
    }
    return result;
  }

  std::uint32_t add(Coordinate at, std::string what) {
    nodes_.push_back({at, std::move(what), {}});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  void collect() {
    for (const auto& [at, queue] : view_.queues()) {
      const std::uint32_t node =
          add(at, fmt::format("router queue of color {} from {}", queue.color, core::name_of(queue.input)));
      queues_[{at.y, at.x, queue.input, queue.color}] = node;
      blocked_.emplace_back(node, queue);
    }
    for (const auto& [at, thread] : view_.threads()) {
      waiting_.emplace_back(thread_node(at, thread.thread), thread);
    }
    for (const ProgramView::Waiting& waiting : view_.parked()) {
      parked_.emplace_back(thread_node(waiting.at, waiting.thread), waiting);
    }
  }

  std::uint32_t thread_node(Coordinate at, std::uint8_t thread) {
    const auto [place, is_new] = threads_.try_emplace({at.y, at.x, thread}, kNobody);
    if (is_new) {
      place->second = add(
          at, thread == pe::kMainThread ? std::string("main thread") : fmt::format("microthread {}", thread));
    }
    return place->second;
  }

  void link(std::uint32_t from, std::uint32_t to, std::string why) {
    nodes_[from].edges.push_back({to, std::move(why)});
  }
  void link_thread(std::uint32_t from, Coordinate at, std::optional<std::uint8_t> thread, std::string why) {
    if (!thread) return;
    const auto place = threads_.find({at.y, at.x, *thread});
    if (place != threads_.end()) link(from, place->second, std::move(why));
  }

  void link_queues() {
    for (const auto& [node, queue] : blocked_) {
      const Coordinate at = nodes_[node].at;
      for (const Direction output : members(queue.waits_for)) {
        if (output == Direction::ramp) {
          link_taker(node, at, queue.color);
          continue;
        }
        const auto there = core::neighbour(at, output, mesh_);
        if (!there) continue;  // an I/O channel
        const auto place = queues_.find({there->y, there->x, core::opposite(output), queue.color});
        if (place != queues_.end()) {
          link(node, place->second, fmt::format("space in the queue at tile ({}, {})", there->x, there->y));
        }
      }
      if (!queue.waits_for.empty()) continue;
      for (const Direction selected : members(view_.inputs(at, queue.color))) {
        const auto place = queues_.find({at.y, at.x, selected, queue.color});
        if (place != queues_.end()) {
          link(node, place->second,
               fmt::format("its turn after the wavelets from {}", core::name_of(selected)));
        } else {
          link_senders(node, at, selected, queue.color,
                       fmt::format("its turn after wavelets from {}", core::name_of(selected)));
        }
      }
    }
  }

  /// The thread that takes a color from the ramp.
  void link_taker(std::uint32_t node, Coordinate at, Color color) {
    const std::uint8_t queue = view_.bound_queue(at, color);
    const std::string why = fmt::format("room in the PE, which is to take color {}", color);
    if (queue != pe::kNoQueue) {
      link_thread(node, at, queue, why);
    } else {
      link_thread(node, at, view_.receiver(at, color), why);
    }
  }

  void link_threads() {
    for (const auto& [node, thread] : waiting_) {
      const Coordinate at = nodes_[node].at;
      if (thread.for_output) {
        const auto place = queues_.find({at.y, at.x, Direction::ramp, thread.output_color});
        if (place != queues_.end()) {
          link(node, place->second, fmt::format("space to send on color {}", thread.output_color));
        }
      }
      if (!thread.for_input) continue;
      for (const Direction input : members(view_.inputs(at, thread.input_color))) {
        link_senders(node, at, input, thread.input_color,
                     fmt::format("wavelets of color {}", thread.input_color));
      }
    }
    for (const auto& [node, waiting] : parked_) link_thread(node, waiting.at, waiting.on, waiting.reason);
  }

  /// Up a color's way from port `input` of a tile: wavelets that are held up there, or who is to send.
  void link_senders(std::uint32_t node, Coordinate at, Direction input, Color color, const std::string& why) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    std::vector<std::pair<Coordinate, Direction>> open{{at, input}};
    while (!open.empty()) {
      const auto [tile, port] = open.back();
      open.pop_back();
      if (port == Direction::ramp) {
        link_thread(node, tile, view_.sender(tile, color), why);
        continue;
      }
      const auto there = core::neighbour(tile, port, mesh_);
      if (!there || !seen.insert({there->y, there->x}).second) continue;
      bool held_up = false;
      for (std::size_t d = 0; d < core::kDirections; ++d) {
        const auto place = queues_.find({there->y, there->x, static_cast<Direction>(d), color});
        if (place == queues_.end()) continue;
        held_up = true;
        link(node, place->second, why);
      }
      if (held_up) continue;
      for (const Direction next : members(view_.inputs(*there, color))) open.emplace_back(*there, next);
    }
  }

  const StuckView& view_;
  core::Rectangle mesh_;
  std::vector<Node> nodes_;
  std::map<QueueKey, std::uint32_t> queues_;
  std::map<ThreadKey, std::uint32_t> threads_;
  std::vector<std::pair<std::uint32_t, fabric::BlockedQueue>> blocked_;
  std::vector<std::pair<std::uint32_t, pe::WaitingThread>> waiting_;
  std::vector<std::pair<std::uint32_t, ProgramView::Waiting>> parked_;
};

}  // namespace

std::vector<Waiter> find_wait_cycle(const StuckView& view) { return WaitGraph(view).cycle(); }

std::string describe_cycle(const std::vector<Waiter>& cycle, Waits waits) {
  if (cycle.empty()) return "";
  std::string text =
      waits == Waits::for_good
          ? fmt::format("a cycle of {} that wait for each other:\n", cycle.size())
          : fmt::format(
                "{} in a circle of waits when the run was ended, which credits and wavelets on their "
                "way may resolve:\n",
                cycle.size());
  for (const Waiter& waiter : cycle) {
    text += fmt::format("  tile ({}, {}): {} waits for {} ->\n", waiter.at.x, waiter.at.y, waiter.what,
                        waiter.waits_for);
  }
  text += fmt::format("  tile ({}, {}): {}", cycle[0].at.x, cycle[0].at.y, cycle[0].what);
  return text;
}

std::string draw_cycle(const std::vector<Waiter>& cycle) {
  if (cycle.empty()) return "";
  constexpr int kTile = 150;
  constexpr int kLine = 22;
  std::uint32_t left = cycle[0].at.x;
  std::uint32_t top = cycle[0].at.y;
  std::uint32_t right = left;
  std::uint32_t bottom = top;
  for (const Waiter& w : cycle) {
    left = std::min(left, w.at.x);
    right = std::max(right, w.at.x);
    top = std::min(top, w.at.y);
    bottom = std::max(bottom, w.at.y);
  }
  const int mesh_height = static_cast<int>(bottom - top + 1) * kTile;
  const int width = std::max(static_cast<int>(right - left + 1) * kTile + 40, 760);
  const int height = mesh_height + 60 + static_cast<int>(cycle.size()) * kLine;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"system-ui, sans-serif\" "
      "font-size=\"13\"><rect width=\"100%\" height=\"100%\" fill=\"#fcfcfb\"/><defs><marker id=\"a\" "
      "viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" "
      "orient=\"auto\"><path d=\"M0 0 10 5 0 10z\" fill=\"#d03b3b\"/></marker></defs>\n",
      width, height);
  for (std::uint32_t y = top; y <= bottom; ++y) {
    for (std::uint32_t x = left; x <= right; ++x) {
      svg += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"#fff\" "
          "stroke=\"#c3c2b7\"/><text x=\"{}\" y=\"{}\" fill=\"#898781\">({}, {})</text>\n",
          20 + static_cast<int>(x - left) * kTile, 20 + static_cast<int>(y - top) * kTile, kTile - 16,
          kTile - 16, 28 + static_cast<int>(x - left) * kTile, 38 + static_cast<int>(y - top) * kTile, x, y);
    }
  }
  // Waiters of one tile lie on a grid in it, in the cycle's order.
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> placed;
  std::vector<std::pair<int, int>> points;
  for (const Waiter& w : cycle) {
    const int place = placed[{w.at.y, w.at.x}]++ % 9;
    points.emplace_back(46 + static_cast<int>(w.at.x - left) * kTile + place % 3 * 42,
                        66 + static_cast<int>(w.at.y - top) * kTile + place / 3 * 36 +
                            place % 3 * (place / 3 % 2 == 0 ? 14 : -14) + (points.size() % 2 == 0 ? 0 : 8));
  }
  constexpr double kRadius = 12;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto& [x1, y1] = points[i];
    const auto& [x2, y2] = points[(i + 1) % points.size()];
    const double length = std::max(std::hypot(x2 - x1, y2 - y1), 1.0);
    const double dx = kRadius * (x2 - x1) / length;
    const double dy = kRadius * (y2 - y1) / length;
    svg += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#d03b3b\" "
        "stroke-width=\"1.5\" marker-end=\"url(#a)\"/>\n",
        x1 + dx, y1 + dy, x2 - dx, y2 - dy);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    svg += fmt::format(
        "<circle cx=\"{0}\" cy=\"{1}\" r=\"10\" fill=\"#d03b3b\"/><text x=\"{0}\" y=\"{2}\" "
        "fill=\"#fff\" text-anchor=\"middle\" font-size=\"11\">{3}</text>\n"
        "<text x=\"24\" y=\"{4}\" fill=\"#0b0b0b\">{3}. tile ({5}, {6}): {7} waits for {8}</text>\n",
        points[i].first, points[i].second, points[i].second + 4, i + 1,
        mesh_height + 40 + static_cast<int>(i) * kLine, cycle[i].at.x, cycle[i].at.y, cycle[i].what,
        cycle[i].waits_for);
  }
  return svg + "</svg>\n";
}

}  // namespace waferloom::wafer
