// SPDX-License-Identifier: Apache-2.0
#include "kernels/collective_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "collectives/registry.hpp"
#include "core/error.hpp"

namespace waferloom::kernels {

namespace {

using Over = CollectiveCall::Over;

collectives::CollectiveParameters parameters_of(const CollectiveCall& call) {
  collectives::CollectiveParameters parameters;
  parameters.kind = call.kind;
  parameters.algorithm = call.algorithm;
  parameters.elements = static_cast<std::uint64_t>(call.length);
  parameters.precision =
      call.type == Type::fp16 ? collectives::Precision::fp16 : collectives::Precision::fp32;
  const auto root = static_cast<std::uint32_t>(call.root);
  parameters.root_x = call.over == Over::columns ? 0 : root;
  parameters.root_y = call.over == Over::rows ? 0 : root;
  return parameters;
}

/// The next number that no color has.
std::optional<core::Color> free_color(const std::vector<core::Color>& colors, std::uint32_t available) {
  for (std::uint32_t color = 0; color < available; ++color) {
    if (std::find(colors.begin(), colors.end(), color) == colors.end())
      return static_cast<core::Color>(color);
  }
  return std::nullopt;
}

}  // namespace

std::vector<CollectiveLine> plan_collectives(const Kernel& kernel, const fabric::FabricParameters& fabric,
                                             const pe::PeParameters& pe, std::vector<core::Color>& colors) {
  std::vector<CollectiveLine> lines;
  for (const CollectiveCall& call : kernel.collectives) {
    const auto fail = [&call](const std::string& message) {
      throw core::InputError(fmt::format("{}: collective: {}", call.where.text(), message));
    };
    const core::Rectangle area{0, 0, call.over == Over::columns ? 1 : kernel.width,
                               call.over == Over::rows ? 1 : kernel.height};
    CollectiveLine line;
    line.first_rule = static_cast<std::uint32_t>(colors.size());
    try {
      line.plan = collectives::plan_collective(parameters_of(call), area, fabric, pe);
    } catch (const core::InputError& error) {
      fail(error.what());
    }
    std::uint32_t count = 0;
    for (const collectives::PlannedRoute& route : line.plan.routes) {
      count = std::max<std::uint32_t>(count, route.color + 1U);
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::optional<core::Color> color = free_color(colors, fabric.colors);
      if (!color) {
        fail(fmt::format("expected at most {} colors with the kernel's own (fabric.colors), got more",
                         fabric.colors));
      }
      colors.push_back(*color);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

void lay_collective(const Kernel& kernel, const CollectiveLine& line, std::uint32_t call,
                    const std::vector<core::Color>& colors, Numbers& numbers, TileQueues& queues,
                    TileCode& code) {
  const CollectiveCall& stated = kernel.collectives[call];
  core::Coordinate at;
  if (stated.over != Over::columns) at.x = static_cast<std::uint32_t>(numbers.number(kernel.x));
  if (stated.over != Over::rows) at.y = static_cast<std::uint32_t>(numbers.number(kernel.y));
  for (const collectives::PlannedRoute& route : line.plan.routes) {
    if (route.at != at) continue;
    const std::uint32_t rule = line.first_rule + route.color;
    code.routes.push_back({colors[rule], rule, route.route});
  }
  CodeCollective part;
  part.call = call;
  const auto tile = std::find_if(line.plan.tiles.begin(), line.plan.tiles.end(),
                                 [&](const collectives::TilePlan& each) { return each.at == at; });
  if (tile != line.plan.tiles.end()) {
    std::array<std::uint8_t, pe::kThreads> thread_of{};
    for (std::uint8_t thread = 0; thread < pe::kMainThread; ++thread) {
      if (tile->threads.at(thread).size() != 0)
        thread_of.at(thread) = queues.of_collective(thread, stated.where);
    }
    std::array<std::uint8_t, pe::kMaxOutputQueues> queue_of{};
    for (const pe::QueueBinding& binding : tile->outputs) {
      queue_of.at(binding.queue) = queues.output(line.first_rule + binding.color, stated.where);
    }
    for (std::uint8_t thread = 0; thread < pe::kMainThread; ++thread) {
      const std::uint8_t own = thread_of.at(thread);
      for (std::uint32_t i = 0; i < tile->threads.at(thread).size(); ++i) {
        collectives::PlannedStep planned = tile->threads.at(thread).at(i);
        pe::Step& step = planned.step;
        if (step.input != pe::kNoQueue) step.input = own;
        if (step.input_color != core::kNoColor) step.input_color = colors[line.first_rule + step.input_color];
        if (step.output != pe::kNoQueue) step.output = queue_of.at(step.output);
        for (collectives::StepRef& ref : planned.after) ref.thread = thread_of.at(ref.thread);
        part.threads.at(own).push_back(std::move(planned));
      }
    }
  }
  code.collectives.push_back(std::move(part));
}

}  // namespace waferloom::kernels
