// SPDX-License-Identifier: Apache-2.0
// The router of one tile in the SystemC hierarchy: a handle into its region's RouterArray. Its ports are how
// the wafer is wired: `links` to the neighbouring routers, and the ramp interface that the tile's PE binds
// to.
#pragma once

#include <systemc>

#include "fabric/router_array.hpp"

namespace waferloom::fabric {

class Router;

/// What a router offers to its neighbours.
class RouterLink : public virtual sc_core::sc_interface {
 public:
  [[nodiscard]] virtual Router& router() = 0;
};

class Router : public sc_core::sc_module, public core::RouterRamp, public RouterLink {
 public:
  /// Routers west and north of this one, as many as there are: every link of the mesh is bound once.
  sc_core::sc_port<RouterLink, 2, sc_core::SC_ZERO_OR_MORE_BOUND> links;

  Router(const sc_core::sc_module_name& name, core::Coordinate at, std::uint32_t index)
      : sc_module(name), links("links"), at_(at), index_(index) {}

  [[nodiscard]] Router& router() override { return *this; }
  [[nodiscard]] core::Coordinate at() const { return at_; }
  /// Position in its region's array.
  [[nodiscard]] std::uint32_t index() const { return index_; }
  [[nodiscard]] RouterArray& array() const { return *array_; }
  void attach(RouterArray& array) { array_ = &array; }

  [[nodiscard]] std::uint32_t ramp(std::uint32_t tile, core::Color color) const override {
    return array_->ramp(tile, color);
  }
  void bind_input(std::uint32_t ramp, std::uint32_t queue, std::uint32_t slots) override {
    array_->bind_input(ramp, queue, slots);
  }
  void bind_output(std::uint32_t ramp, std::uint32_t queue) override { array_->bind_output(ramp, queue); }
  void inject(std::uint32_t ramp, std::uint32_t data, bool control, core::Cycle arrival) override {
    array_->inject(ramp, data, control, arrival);
  }
  void return_input_credit(std::uint32_t ramp) override { array_->return_input_credit(ramp); }

 private:
  core::Coordinate at_;
  std::uint32_t index_;
  RouterArray* array_ = nullptr;
};

}  // namespace waferloom::fabric
