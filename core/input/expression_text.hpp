// SPDX-License-Identifier: Apache-2.0
// The text of an expression as a parser reads it from left to right: blanks, symbols and words, and how deep what it
// reads stands within each other. What operators and operands mean is the parser's.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace waferloom::core {

/// `Error` is thrown, with "expected ..., got ...", where the text is not what a parser wants.
template <class Error>
class ExpressionText {
 protected:
  /// `is_name_part`: of which characters names and words consist.
  ExpressionText(std::string_view text, bool (*is_name_part)(char))
      : text_(text), is_name_part_(is_name_part) {}

  /// One in each function through which all recursion of a parser passes.
  class Level {
   public:
    explicit Level(ExpressionText& text) : depth_(text.depth_) {
      if (++depth_ > kDeepest) {
        --depth_;
        throw Error(
            fmt::format("expected at most {} operators and brackets within each other, got more", kDeepest));
      }
    }
    ~Level() { --depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    static constexpr int kDeepest = 200;
    int& depth_;
  };

  void blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool symbol(std::string_view wanted) {
    blanks();
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    blanks();
    return true;
  }

  bool word(std::string_view wanted) {
    blanks();
    const std::size_t end = at_ + wanted.size();
    if (!text_.substr(at_).starts_with(wanted) || (end < text_.size() && is_name_part_(text_[end]))) {
      return false;
    }
    at_ = end;
    return true;
  }

  void close() {
    if (!symbol(")")) fail(")");
  }

  [[noreturn]] void fail(std::string_view expected) const {
    throw Error(
        fmt::format("expected {}, got {}", expected,
                    at_ == text_.size() ? std::string("the end") : fmt::format("\"{}\"", text_.substr(at_))));
  }

  std::string_view text_;
  std::size_t at_ = 0;  ///< of what comes next

 private:
  bool (*is_name_part_)(char);
  int depth_ = 0;
};

}  // namespace waferloom::core
