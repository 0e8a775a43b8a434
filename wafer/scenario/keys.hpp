// SPDX-License-Identifier: Apache-2.0
// The configuration keys of the sections `simulation`, `burst` and `observe`.
#pragma once

#include "core/config/key.hpp"
#include "core/simulation_parameters.hpp"
#include "wafer/scenario/energy_parameters.hpp"
#include "wafer/scenario/parameters.hpp"

namespace waferloom::wafer {

/// Declares the keys that set `parameters`, whose present values become the defaults.
void declare_keys(core::config::Keys& keys, core::SimulationParameters& parameters);
void declare_keys(core::config::Keys& keys, ObserveParameters& parameters);
void declare_keys(core::config::Keys& keys, BurstParameters& parameters);
void declare_keys(core::config::Keys& keys, EnergyParameters& parameters);

}  // namespace waferloom::wafer
