// SPDX-License-Identifier: Apache-2.0
#include "kernels/color_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "core/places.hpp"
#include "kernels/numbers.hpp"

namespace waferloom::kernels {

namespace {

/// What each tile sends, the next one has a route for.
class RouteCheck {
 public:
  explicit RouteCheck(const CompiledKernel& compiled) : compiled_(compiled) {}

  void check() {
    const core::Rectangle& area = compiled_.area;
    for (std::uint32_t y = 0; y < area.height; ++y) {
      for (std::uint32_t x = 0; x < area.width; ++x) {
        for (std::size_t d = 0; d < core::kNeighbours; ++d) check(x, y, static_cast<core::Direction>(d));
      }
    }
  }

 private:
  static constexpr std::uint32_t kOutside = 0xffffffff;

  void check(std::uint32_t x, std::uint32_t y, core::Direction towards) {
    const core::Rectangle& area = compiled_.area;
    const std::uint32_t from = compiled_.code_of[y * area.width + x];
    const auto there = core::neighbour({x, y}, towards, {0, 0, area.width, area.height});
    const std::uint32_t to = there ? compiled_.code_of[there->y * area.width + there->x] : kOutside;
    if (!known_.insert({from, to, core::index_of(towards)}).second) return;
    for (const CodeRoute& route : compiled_.codes[from].routes) {
      if (route.rule >= compiled_.kernel->colors.size()) continue;  // collectives' fit each other
      if (!passes(route.route, &fabric::SwitchPosition::tx, towards)) continue;
      if (to != kOutside && takes(compiled_.codes[to], route.rule, core::opposite(towards))) continue;
      const ColorRule& rule = compiled_.kernel->colors[route.rule];
      Numbers(x, y).fail(
          rule.where, "colors",
          to == kOutside
              ? fmt::format("expected color {} to stay within the kernel's tiles, got a route to the {}",
                            rule.name, core::name_of(towards))
              : fmt::format(
                    "expected that tile ({}, {}) takes color {} from the {}, as this one sends it there, "
                    "got no such route",
                    there->x, there->y, rule.name, core::name_of(core::opposite(towards))));
    }
  }

  static bool passes(const fabric::Route& route, core::DirectionSet fabric::SwitchPosition::*side,
                     core::Direction direction) {
    for (std::size_t p = 0; p < route.position_count; ++p) {
      if ((route.positions[p].*side).has(direction)) return true;
    }
    return false;
  }
  static bool takes(const TileCode& code, std::uint32_t rule, core::Direction from) {
    return std::any_of(code.routes.begin(), code.routes.end(), [&](const CodeRoute& each) {
      return each.rule == rule && passes(each.route, &fabric::SwitchPosition::rx, from);
    });
  }

  const CompiledKernel& compiled_;
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::size_t>> known_;
};

/// Wavelets carry no type: who takes an FP16 as an FP32 gets another number.
class TypeCheck {
 public:
  explicit TypeCheck(const CompiledKernel& compiled) : compiled_(compiled) {}

  void check() {
    for (std::uint32_t code = 0; code < compiled_.codes.size(); ++code) {
      for (const CodeOperation& operation : compiled_.codes[code].operations) note(code, operation);
    }
    for (const auto& [color, uses] : colors_) {
      for (const std::size_t type : {std::size_t{0}, std::size_t{1}}) {
        if (uses.taken.at(type) && !uses.sent.at(type) && uses.sent.at(1 - type))
          fail(color, *uses.taken.at(type));
      }
    }
  }

 private:
  struct Use {
    std::uint32_t code;
    const CodeOperation* operation;
  };
  /// By type.
  using ByType = std::array<std::optional<Use>, 2>;
  struct Uses {
    ByType sent;
    ByType taken;
  };

  void note(std::uint32_t index, const CodeOperation& operation) {
    const TileCode& code = compiled_.codes[index];
    const auto type = static_cast<std::size_t>(operation.type == Type::fp16 ? 0 : 1);
    const Use use{index, &operation};
    const auto add = [&](core::Color color, ByType Uses::*side) {
      std::optional<Use>& first = (colors_[color].*side).at(type);
      if (!first) first = use;
    };
    for (const pe::QueueBinding& each : code.inputs) {
      if (each.queue == operation.input) add(each.color, &Uses::taken);
    }
    // A control wavelet alone has no elements.
    for (const pe::QueueBinding& each : code.outputs) {
      if (each.queue == operation.output && operation.a.kind != Operand::Kind::none)
        add(each.color, &Uses::sent);
    }
    const bool takes_arrived = std::any_of(kSources.begin(), kSources.end(), [&](Slice CodeOperation::*side) {
      return (operation.*side).kind == Operand::Kind::arrived;
    });
    for (const Listener& each : code.listeners) {
      if (takes_arrived && code.tasks[each.task] == operation.task) add(each.color, &Uses::taken);
    }
  }

  [[noreturn]] void fail(core::Color color, const Use& taken) const {
    const auto tile =
        static_cast<std::uint32_t>(std::find(compiled_.code_of.begin(), compiled_.code_of.end(), taken.code) -
                                   compiled_.code_of.begin());
    const auto rule =
        std::find(compiled_.colors.begin(), compiled_.colors.end(), color) - compiled_.colors.begin();
    const bool is_half = taken.operation->type == Type::fp16;
    Numbers(tile % compiled_.area.width, tile / compiled_.area.width)
        .fail(
            *taken.operation->where, "tasks",
            fmt::format("expected that color {} is taken as it is sent, as {}, got {} (an operation's `type` "
                        "says which, or its buffers)",
                        compiled_.kernel->colors[static_cast<std::size_t>(rule)].name,
                        is_half ? "fp32" : "fp16", is_half ? "fp16" : "fp32"));
  }

  static constexpr std::array<Slice CodeOperation::*, 3> kSources{&CodeOperation::a, &CodeOperation::b,
                                                                  &CodeOperation::c};
  const CompiledKernel& compiled_;
  std::map<core::Color, Uses> colors_;
};

}  // namespace

void check_colors(const CompiledKernel& compiled) {
  RouteCheck(compiled).check();
  TypeCheck(compiled).check();
}

}  // namespace waferloom::kernels
