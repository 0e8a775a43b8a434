// SPDX-License-Identifier: Apache-2.0
// The parameters of the packet router models: each model declares its own beside its class, and a scenario holds those
// of all of them.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/config/key.hpp"

namespace waferloom::noc {

/// The parameters of one model. Derived classes are plain values: see ParametersOf.
class RouterParameters {
 public:
  virtual ~RouterParameters() = default;
  [[nodiscard]] virtual std::unique_ptr<RouterParameters> clone() const = 0;
  [[nodiscard]] virtual bool equals(const RouterParameters& other) const = 0;
  /// Declares the keys that set these parameters, whose present values become the defaults.
  virtual void declare_keys(core::config::Keys& keys) = 0;
};

/// Makes RouterParameters of a struct `P` that has operator== and a function declare_keys(Keys&, P&).
template <class P>
class ParametersOf final : public RouterParameters {
 public:
  P value{};

  [[nodiscard]] std::unique_ptr<RouterParameters> clone() const override {
    return std::make_unique<ParametersOf>(*this);
  }
  [[nodiscard]] bool equals(const RouterParameters& other) const override {
    const auto* same = dynamic_cast<const ParametersOf*>(&other);
    return same != nullptr && same->value == value;
  }
  void declare_keys(core::config::Keys& keys) override {
    // Found beside `P`.
    declare_router_keys(keys, value);
  }
};

/// The parameters of all registered models: a value.
class RouterSettings {
 public:
  /// Each model's defaults.
  RouterSettings();
  RouterSettings(const RouterSettings& other);
  RouterSettings& operator=(const RouterSettings& other);
  RouterSettings(RouterSettings&&) noexcept = default;
  RouterSettings& operator=(RouterSettings&&) noexcept = default;
  ~RouterSettings() = default;

  /// The parameters of type `P`, which some model has.
  template <class P>
  [[nodiscard]] P& of() {
    for (const auto& each : all_) {
      if (auto* found = dynamic_cast<ParametersOf<P>*>(each.get())) return found->value;
    }
    throw_unknown();
  }
  template <class P>
  [[nodiscard]] const P& of() const {
    return const_cast<RouterSettings*>(this)->of<P>();
  }

  void declare_keys(core::config::Keys& keys);
  friend bool operator==(const RouterSettings& a, const RouterSettings& b);

 private:
  [[noreturn]] static void throw_unknown();
  std::vector<std::unique_ptr<RouterParameters>>
      all_;  ///< in the registry's order; none for models without any
};

}  // namespace waferloom::noc
