// SPDX-License-Identifier: Apache-2.0
// Waveforms as value change dumps: text that every viewer reads.
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/version.hpp"
#include "results/wave/wave_formats.hpp"
#include "wafer/observation/signals.hpp"

namespace waferloom::results {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20U;

/// Short printable names: !, ", ..., !!, ...
std::string identifier(std::size_t number) {
  constexpr std::size_t kFirst = 33;
  constexpr std::size_t kCount = 94;
  std::string text;
  do {
    text += static_cast<char>(kFirst + number % kCount);
    number /= kCount;
  } while (number-- != 0);
  return text;
}

class VcdWave final : public wafer::WaveSink {
 public:
  explicit VcdWave(const std::filesystem::path& path) : path_(path), file_(std::fopen(path.c_str(), "wbe")) {
    if (file_ == nullptr) fail();
    buffer_ = fmt::format("$date\n  {}\n$end\n$version\n  waferloom {}\n$end\n$timescale 1 fs $end\n",
                          kNoDate, core::version());
  }
  ~VcdWave() override {
    if (file_ != nullptr) (void)std::fclose(file_);
  }
  VcdWave(const VcdWave&) = delete;
  VcdWave& operator=(const VcdWave&) = delete;

  void declare(const std::string& name, std::uint32_t bits,
               std::span<const std::string_view> states) override {
    std::vector<std::string> scopes = wafer::name_parts(name);
    const std::string leaf = scopes.back();
    scopes.pop_back();
    go_to(scopes);
    const std::string id = identifier(signals_.size());
    buffer_ += states.empty() ? fmt::format("$var wire {} {} {} $end\n", bits, id, leaf)
                              : fmt::format("$var string 1 {} {} $end\n", id, leaf);
    signals_.push_back({id, states});
    flush_when_full();
  }

  void begin() override {
    go_to({});
    buffer_ += "$enddefinitions $end\n";
  }

  void at(std::uint64_t time_fs) override { time_fs_ = time_fs; }

  void change(std::size_t signal, std::uint64_t value) override {
    if (time_fs_ != written_fs_) {
      fmt::format_to(std::back_inserter(buffer_), "#{}\n", time_fs_);
      written_fs_ = time_fs_;
    }
    const Declared& declared = signals_[signal];
    if (declared.states.empty()) {
      append_binary(value);
    } else {
      buffer_.append(1, 's').append(declared.states[value]);
    }
    buffer_.append(1, ' ').append(declared.id).append(1, '\n');
    flush_when_full();
  }

  void finish() override {
    // The last time, up to which the last values hold.
    if (time_fs_ != written_fs_) fmt::format_to(std::back_inserter(buffer_), "#{}\n", time_fs_);
    flush();
    if (std::fclose(std::exchange(file_, nullptr)) != 0) fail();
  }

 private:
  struct Declared {
    std::string id;
    std::span<const std::string_view> states;
  };

  void go_to(const std::vector<std::string>& scopes) {
    std::size_t common = 0;
    while (common < scopes.size() && common < open_.size() && scopes[common] == open_[common]) ++common;
    while (open_.size() > common) {
      buffer_ += "$upscope $end\n";
      open_.pop_back();
    }
    for (; common < scopes.size(); ++common) {
      buffer_ += fmt::format("$scope module {} $end\n", scopes[common]);
      open_.push_back(scopes[common]);
    }
  }

  void append_binary(std::uint64_t value) {
    constexpr std::size_t kMostDigits = 64;
    std::array<char, kMostDigits + 1> text;
    std::size_t begin = text.size();
    do {
      text[--begin] = (value & 1U) != 0 ? '1' : '0';
      value >>= 1U;
    } while (value != 0);
    text[--begin] = 'b';
    buffer_.append(text.data() + begin, text.size() - begin);
  }

  void flush_when_full() {
    if (buffer_.size() >= kBufferBytes) flush();
  }
  void flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size() || std::fflush(file_) != 0)
      fail();
    buffer_.clear();
  }
  [[noreturn]] void fail() const {
    throw core::HostResourceError(fmt::format("{}: cannot write: {}", path_.string(),
                                              std::error_code(errno, std::generic_category()).message()));
  }

  std::filesystem::path path_;
  std::FILE* file_;
  std::string buffer_;
  std::vector<Declared> signals_;
  std::vector<std::string> open_;
  std::uint64_t time_fs_ = 0;
  std::uint64_t written_fs_ = ~std::uint64_t{0};
};

}  // namespace

std::unique_ptr<wafer::WaveSink> make_vcd(const std::filesystem::path& path) {
  return std::make_unique<VcdWave>(path);
}

}  // namespace waferloom::results
