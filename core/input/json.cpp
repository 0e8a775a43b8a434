// SPDX-License-Identifier: Apache-2.0
#include "core/input/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace waferloom::core {

namespace {

/// The library's message without its number, cut and as plain text: it quotes the input, whatever that is.
std::string plain(std::string message) {
  constexpr std::size_t kLongest = 200;
  if (const std::size_t number = message.find("] ");
      message.starts_with("[json.") && number != std::string::npos) {
    message.erase(0, number + 2);
  }
  if (message.size() > kLongest) message = message.substr(0, kLongest) + "...";
  std::replace_if(
      message.begin(), message.end(), [](char c) { return static_cast<unsigned char>(c) - 0x20U >= 0x5fU; },
      '?');
  return message;
}

/// Builds the tree from the parser's events.
template <class Json>
class Builder final : public nlohmann::json_sax<Json> {
 public:
  using number_integer_t = typename Json::number_integer_t;
  using number_unsigned_t = typename Json::number_unsigned_t;
  using number_float_t = typename Json::number_float_t;
  using string_t = typename Json::string_t;
  using binary_t = typename Json::binary_t;

  [[nodiscard]] Json take() { return std::move(root_); }

  bool null() override { return put(Json()) != nullptr; }
  bool boolean(bool value) override { return put(Json(value)) != nullptr; }
  bool number_integer(number_integer_t value) override { return put(Json(value)) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return put(Json(value)) != nullptr; }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return put(Json(value)) != nullptr;
  }
  bool string(string_t& value) override { return put(Json(std::move(value))) != nullptr; }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (open_.back()->contains(name)) {
      throw JsonError(fmt::format("{}: expected the key once in an object, got it again", name));
    }
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    throw JsonError(plain(error.what()), position);
  }

 private:
  Json* put(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    Json& place = parent[key_];
    place = std::move(value);
    return &place;
  }
  bool open(Json value) {
    if (open_.size() >= kDeepestJson) {
      throw JsonError(fmt::format("expected at most {} brackets within each other, got more", kDeepestJson));
    }
    open_.push_back(put(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Json*> open_;  ///< a parent takes nothing while a child is open, so that none moves
  std::string key_;
};

template <class Json>
Json parse(std::string_view text) {
  Builder<Json> builder;
  Json::sax_parse(text, &builder);
  return builder.take();
}

}  // namespace

nlohmann::json parse_json(std::string_view text) { return parse<nlohmann::json>(text); }

nlohmann::ordered_json parse_ordered_json(std::string_view text) {
  return parse<nlohmann::ordered_json>(text);
}

nlohmann::ordered_json load_json(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw JsonError("expected a file that can be read");
  return parse_ordered_json(text);
}

}  // namespace waferloom::core
