// SPDX-License-Identifier: Apache-2.0
// What a simulated thing has to remember, as bytes and back: a function `archive(State&)` names what it keeps once and
// serves both ways. A checkpoint is read by the program that wrote it: a value is the bytes that it has in memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace waferloom::core {

class State {
 public:
  /// Empty, to be filled.
  State() = default;
  /// To be read; `bytes` have to outlive this.
  explicit State(std::span<const std::byte> bytes) : rest_(bytes), loads_(true) {}

  [[nodiscard]] bool loads() const { return loads_; }
  /// Nothing is left to be read.
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] std::vector<std::byte> take() { return std::exchange(bytes_, {}); }

  /// Writes the values, or reads them. A class that is more than its bytes has a member `archive(State&)`.
  template <class... Values>
  void operator()(Values&... values) {
    (keep(values), ...);
  }
  /// Writes a value that is worked out, or reads what was written.
  template <class Value>
  [[nodiscard]] Value kept(Value value) {
    keep(value);
    return value;
  }
  /// Of a State that loads: the bytes of a vector of bytes, without a copy.
  [[nodiscard]] std::span<const std::byte> view() {
    const auto size = kept(std::size_t{0});
    if (size > rest_.size()) fail();
    const std::span<const std::byte> bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return bytes;
  }

 private:
  [[noreturn]] static void fail() { throw std::logic_error("a state does not hold what is read from it"); }
  template <class Value>
  void keep(Value& value) {
    if constexpr (requires { value.archive(*this); }) {
      value.archive(*this);
    } else {
      static_assert(std::is_trivially_copyable_v<Value> && !std::is_pointer_v<Value>);
      copy(&value, sizeof value);
    }
  }
  template <class Value>
  void keep(std::vector<Value>& values) {
    resize(values);
    if constexpr (std::is_trivially_copyable_v<Value>) {
      copy(values.data(), values.size() * sizeof(Value));
    } else {
      for (Value& each : values) keep(each);
    }
  }
  void keep(std::vector<bool>& values) {
    resize(values);
    for (auto&& value : values) value = kept(static_cast<bool>(value));
  }
  template <class Value>
  void keep(std::deque<Value>& values) {
    resize(values);
    for (Value& each : values) keep(each);
  }
  template <class Value, std::size_t kSize>
  void keep(std::array<Value, kSize>& values) {
    if constexpr (std::is_trivially_copyable_v<Value>) {
      copy(values.data(), sizeof values);
    } else {
      for (Value& each : values) keep(each);
    }
  }
  template <class Value>
  void keep(std::optional<Value>& value) {
    if (!kept(value.has_value())) {
      value.reset();
      return;
    }
    if (!value) value.emplace();
    keep(*value);
  }
  void keep(std::string& text) {
    resize(text);
    copy(text.data(), text.size());
  }
  template <class Values>
  void resize(Values& values) {
    const std::size_t size = kept(values.size());
    if (!loads_) return;
    if (size > rest_.size() * 8) fail();
    values.resize(size);
  }
  void copy(void* value, std::size_t size) {
    if (size == 0) return;
    if (loads_) {
      if (size > rest_.size()) fail();
      std::memcpy(value, rest_.data(), size);
      rest_ = rest_.subspan(size);
    } else {
      const std::size_t end = bytes_.size();
      bytes_.resize(end + size);
      std::memcpy(bytes_.data() + end, value, size);
    }
  }

  std::vector<std::byte> bytes_;
  std::span<const std::byte> rest_;
  bool loads_ = false;
};

}  // namespace waferloom::core
