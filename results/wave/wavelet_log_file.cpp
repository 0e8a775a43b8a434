// SPDX-License-Identifier: Apache-2.0
#include "results/wave/wavelet_log_file.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace waferloom::results {

namespace {

constexpr std::size_t kLogBufferBytes = std::size_t{1} << 20U;

char link_letter(core::Direction direction) {
  switch (direction) {
    case core::Direction::north:
      return 'N';
    case core::Direction::south:
      return 'S';
    case core::Direction::west:
      return 'W';
    case core::Direction::east:
      return 'E';
    case core::Direction::ramp:
      break;
  }
  return 'R';
}

class WaveletLogFile final : public wafer::LandingSink {
 public:
  WaveletLogFile(const std::filesystem::path& directory, std::uint32_t width, std::uint32_t height)
      : path_(directory / "wavelets.log"),
        partial_(directory / "wavelets.log.partial"),
        file_(std::fopen(partial_.c_str(), "wbe")) {
    if (file_ == nullptr) fail();
    buffer_ = fmt::format("@0 dimX={}, dimY={}\n", width, height);
  }
  ~WaveletLogFile() override {
    if (file_ != nullptr) (void)std::fclose(file_);
  }
  WaveletLogFile(const WaveletLogFile&) = delete;
  WaveletLogFile& operator=(const WaveletLogFile&) = delete;

  void write(const wafer::Landing& landing) override {
    fmt::format_to(std::back_inserter(buffer_),
                   FMT_COMPILE("@{} P{}.{} (hwtile) landing C{} from link {}, ctrl={}, data={:08x}\n"),
                   landing.cycle, landing.at.x, landing.at.y, landing.color, link_letter(landing.from),
                   landing.control ? 1 : 0, landing.data);
    if (buffer_.size() >= kLogBufferBytes) flush();
  }

  void finish() override {
    flush();
    if (std::fclose(std::exchange(file_, nullptr)) != 0) fail();
    std::error_code error;
    std::filesystem::rename(partial_, path_, error);
    if (error)
      throw core::HostResourceError(fmt::format("{}: cannot write: {}", path_.string(), error.message()));
  }

 private:
  void flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size() || std::fflush(file_) != 0)
      fail();
    buffer_.clear();
  }
  [[noreturn]] void fail() const {
    throw core::HostResourceError(fmt::format("{}: cannot write: {}", partial_.string(),
                                              std::error_code(errno, std::generic_category()).message()));
  }

  std::filesystem::path path_;
  std::filesystem::path partial_;
  std::FILE* file_;
  std::string buffer_;
};

}  // namespace

std::unique_ptr<wafer::LandingSink> make_wavelet_log(const std::filesystem::path& directory,
                                                     std::uint32_t width, std::uint32_t height) {
  return std::make_unique<WaveletLogFile>(directory, width, height);
}

}  // namespace waferloom::results
