// SPDX-License-Identifier: Apache-2.0
// Waveforms as GTKWave's fast signal traces, written by GTKWave's own library.
#include <fmt/format.h>
#include <fstapi.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/version.hpp"
#include "results/wave/wave_formats.hpp"

namespace waferloom::results {

namespace {

constexpr std::size_t kMostBits = 64;
constexpr signed char kFemtoseconds = -15;
// At a section's end the library goes through its changes signal by signal. It ends one of its own at 128 MiB, of which
// each step would miss the processor's caches.
constexpr std::size_t kSectionChanges = 2'000'000;

constexpr std::size_t kByte = 8;
constexpr std::uint64_t kByteMask = 0xff;
/// The values of a byte as the library takes them: a character a bit, the highest first.
constexpr auto kByteTexts = [] {
  std::array<std::array<char, kByte>, 1U << kByte> texts{};
  for (std::size_t value = 0; value < texts.size(); ++value) {
    for (std::size_t bit = 0; bit < kByte; ++bit) {
      texts[value][kByte - 1 - bit] = ((value >> bit) & 1U) != 0 ? '1' : '0';
    }
  }
  return texts;
}();

class FstWave final : public wafer::WaveSink {
 public:
  explicit FstWave(const std::filesystem::path& path)
      : path_(path), writer_(fstWriterCreate(path.c_str(), 1)) {
    if (writer_ == nullptr) fail();
    fstWriterSetPackType(writer_, FST_WR_PT_LZ4);
    fstWriterSetTimescale(writer_, kFemtoseconds);
    fstWriterSetDate(writer_, kNoDate);
    fstWriterSetVersion(writer_, fmt::format("waferloom {}", core::version()).c_str());
  }
  ~FstWave() override {
    if (writer_ != nullptr) fstWriterClose(writer_);
  }
  FstWave(const FstWave&) = delete;
  FstWave& operator=(const FstWave&) = delete;

  void declare(const std::string& name, std::uint32_t bits,
               std::span<const std::string_view> states) override {
    const std::size_t leaf = name.rfind('.');
    go_to(name.substr(0, leaf));
    if (!states.empty()) fstWriterEmitEnumTableRef(writer_, table_of(bits, states));
    const fstHandle handle =
        fstWriterCreateVar(writer_, FST_VT_VCD_WIRE, FST_VD_IMPLICIT, bits, name.substr(leaf + 1).c_str(), 0);
    signals_.push_back({handle, bits});
  }

  void begin() override { go_to(""); }
  void at(std::uint64_t time_fs) override { time_fs_ = time_fs; }

  void change(std::size_t signal, std::uint64_t value) override {
    if (time_fs_ != written_fs_) {
      if (in_section_ >= kSectionChanges) {
        fstWriterFlushContext(writer_);
        in_section_ = 0;
      }
      fstWriterEmitTimeChange(writer_, time_fs_);
      written_fs_ = time_fs_;
    }
    ++in_section_;
    const Declared& declared = signals_[signal];
    std::array<char, kMostBits> text;
    const std::size_t bytes = (declared.bits + kByte - 1) / kByte;
    for (std::size_t byte = 0; byte < bytes; ++byte) {
      const auto& bits = kByteTexts[value >> (kByte * (bytes - 1 - byte)) & kByteMask];
      std::copy(bits.begin(), bits.end(), text.begin() + static_cast<std::ptrdiff_t>(kByte * byte));
    }
    fstWriterEmitValueChange(writer_, declared.handle, text.data() + (kByte * bytes - declared.bits));
  }

  void finish() override {
    // The last time, up to which the last values hold.
    if (time_fs_ != written_fs_) fstWriterEmitTimeChange(writer_, time_fs_);
    // The library keeps no errors of writing: what it believes to have written must be there.
    fstWriterFlushContext(writer_);
    const bool full = fstWriterGetFseekFailed(writer_) != 0;
    fstWriterClose(std::exchange(writer_, nullptr));
    std::error_code error;
    if (full || std::filesystem::file_size(path_, error) == 0 || error) fail();
  }

 private:
  struct Declared {
    fstHandle handle;
    std::uint32_t bits;
  };

  void go_to(const std::string& scope) {
    // Scopes are closed as far as the two paths differ.
    std::size_t common = 0;
    for (std::size_t i = 0; i <= std::min(scope.size(), open_.size()); ++i) {
      const bool end_a = i == scope.size() || scope[i] == '.';
      const bool end_b = i == open_.size() || open_[i] == '.';
      if (end_a && end_b) common = i;
      if (i < scope.size() && i < open_.size() && scope[i] != open_[i]) break;
    }
    for (std::size_t i = common; i < open_.size(); ++i) {
      if (i == 0 || open_[i] == '.') fstWriterSetUpscope(writer_);
    }
    for (std::size_t from = common == 0 ? 0 : common + 1; from < scope.size();) {
      const std::size_t dot = std::min(scope.find('.', from), scope.size());
      fstWriterSetScope(writer_, FST_ST_VCD_MODULE, scope.substr(from, dot - from).c_str(), nullptr);
      from = dot + 1;
    }
    open_ = scope;
  }

  fstEnumHandle table_of(std::uint32_t bits, std::span<const std::string_view> states) {
    const auto [at, is_new] = tables_.emplace(states.data(), 0);
    if (!is_new) return at->second;
    std::vector<std::string> names(states.begin(), states.end());
    std::vector<std::string> values;
    for (std::size_t i = 0; i < names.size(); ++i) values.push_back(fmt::format("{:0{}b}", i, bits));
    std::vector<const char*> name_texts;
    std::vector<const char*> value_texts;
    for (std::size_t i = 0; i < names.size(); ++i) {
      name_texts.push_back(names[i].c_str());
      value_texts.push_back(values[i].c_str());
    }
    at->second = fstWriterCreateEnumTable(writer_, fmt::format("states_{}", tables_.size()).c_str(),
                                          static_cast<std::uint32_t>(names.size()), bits, name_texts.data(),
                                          value_texts.data());
    return at->second;
  }

  [[noreturn]] void fail() const {
    throw core::HostResourceError(fmt::format("{}: cannot write the waveform", path_.string()));
  }

  std::filesystem::path path_;
  void* writer_;
  std::vector<Declared> signals_;
  std::map<const std::string_view*, fstEnumHandle> tables_;
  std::string open_;
  std::size_t in_section_ = 0;  ///< changes since the file's last section began
  std::uint64_t time_fs_ = 0;
  std::uint64_t written_fs_ = ~std::uint64_t{0};
};

}  // namespace

std::unique_ptr<wafer::WaveSink> make_fst(const std::filesystem::path& path) {
  return std::make_unique<FstWave>(path);
}

}  // namespace waferloom::results
