// SPDX-License-Identifier: Apache-2.0
// Values as the bytes of a message, and back. Ranks are the same program on machines of one kind: a value is the bytes
// that it has in memory.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ranks/ranks.hpp"

namespace waferloom::ranks {

class Packer {
 public:
  template <class Value>
  void put(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    append(&value, sizeof value);
  }
  template <class Value>
  void put_all(std::span<const Value> values) {
    static_assert(std::is_trivially_copyable_v<Value>);
    put(values.size());
    append(values.data(), values.size_bytes());
  }
  template <class Value>
  void put_all(const std::vector<Value>& values) {
    put_all(std::span<const Value>(values));
  }
  void put_text(std::string_view text) { put_all(std::span<const char>(text)); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] Bytes take() { return std::exchange(bytes_, {}); }

 private:
  void append(const void* from, std::size_t size) {
    if (size == 0) return;
    const std::size_t end = bytes_.size();
    bytes_.resize(end + size);
    std::memcpy(bytes_.data() + end, from, size);
  }

  Bytes bytes_;
};

class Unpacker {
 public:
  /// `bytes` have to outlive this.
  explicit Unpacker(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class Value>
  [[nodiscard]] Value get() {
    Value value;
    copy(&value, sizeof value);
    return value;
  }
  template <class Value>
  [[nodiscard]] std::vector<Value> get_all() {
    std::vector<Value> values(get<std::size_t>());
    copy(values.data(), values.size() * sizeof(Value));
    return values;
  }
  [[nodiscard]] std::string get_text() {
    const std::vector<char> text = get_all<char>();
    return {text.begin(), text.end()};
  }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  void copy(void* to, std::size_t size) {
    if (size == 0) return;
    std::memcpy(to, rest_.data(), size);
    rest_ = rest_.subspan(size);
  }

  std::span<const std::byte> rest_;
};

}  // namespace waferloom::ranks
