// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "core/state/state.hpp"

namespace waferloom::checkpoint {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMagic = "waferloom checkpoint\n";
constexpr std::string_view kEnd = "end of checkpoint\n";
/// Grows with every change of what is kept, or how.
constexpr std::uint32_t kFormat = 1;

/// Without gaps, whose bytes nobody would have written.
struct SectionHead {
  std::uint64_t size;
  std::uint64_t packed;
  Kind kind;
  core::Rectangle area;
  std::uint32_t checksum;
  std::uint32_t none;     ///< 0
  std::uint32_t of_head;  ///< checksum of the fields above
};

static_assert(sizeof(SectionHead) == 2 * sizeof(std::uint64_t) + 8 * sizeof(std::uint32_t));

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

SectionHead head_of(const PackedSection& section) {
  SectionHead head{};
  head.kind = section.kind;
  head.area = section.area;
  head.size = section.size;
  head.packed = section.bytes.size();
  head.checksum = section.checksum;
  head.of_head = checksum(std::as_bytes(std::span(&head, 1)).first(offsetof(SectionHead, of_head)));
  return head;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool end() { return close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

bool write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return true;
}

bool write_whole(const fs::path& path, std::span<const std::byte> head,
                 const std::vector<PackedSection>& sections) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.number() < 0 || !write_all(file.number(), bytes_of(kMagic)) || !write_all(file.number(), head))
    return false;
  for (const PackedSection& section : sections) {
    const SectionHead own = head_of(section);
    if (!write_all(file.number(), std::as_bytes(std::span(&own, 1)))) return false;
    if (!write_all(file.number(), section.bytes)) return false;
  }
  return write_all(file.number(), bytes_of(kEnd)) && fsync(file.number()) == 0 && file.end();
}

/// What a file says of itself before its sections.
struct Head {
  std::uint32_t format = kFormat;
  Identity identity;
  std::uint64_t sections = 0;

  void archive(core::State& state) {
    state(format, identity.program, identity.scenario, identity.input, sections);
  }
};

/// Reads a file from its beginning, and refuses what is not whole.
class Source {
 public:
  explicit Source(const fs::path& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) {
      throw core::InputError(fmt::format("--resume: {}: expected a checkpoint, got none: {}", path.string(),
                                         std::error_code(errno, std::generic_category()).message()));
    }
    std::error_code error;
    left_ = fs::file_size(path, error);
    if (error) fail("expected a file");
  }
  [[noreturn]] void fail(std::string_view why) const {
    throw core::InputError(fmt::format("--resume: {}: {}", path_.string(), why));
  }
  [[nodiscard]] std::vector<std::byte> take(std::uint64_t size) {
    if (size > left_) fail("the checkpoint is cut: it ends too early");
    left_ -= size;
    std::vector<std::byte> bytes(size);
    file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (!file_) fail("the checkpoint cannot be read");
    return bytes;
  }
  template <class Value>
  [[nodiscard]] Value get() {
    Value value;
    const std::vector<std::byte> bytes = take(sizeof value);
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  void expect(std::string_view text, std::string_view why) {
    if (text.size() > left_) fail(why);
    const std::vector<std::byte> bytes = take(text.size());
    if (!std::ranges::equal(bytes, bytes_of(text))) fail(why);
  }
  [[nodiscard]] std::uint64_t left() const { return left_; }

 private:
  fs::path path_;
  std::ifstream file_;
  std::uint64_t left_ = 0;
};

constexpr std::string_view kDamaged = "the checkpoint is damaged: a checksum does not hold";

/// The first line in which two texts differ.
std::string difference(const std::string& one, const std::string& other) {
  std::istringstream a(one);
  std::istringstream b(other);
  std::array<std::string, 2> lines;
  for (;;) {
    const bool has_a = static_cast<bool>(std::getline(a, lines[0]));
    const bool has_b = static_cast<bool>(std::getline(b, lines[1]));
    if (!has_a) lines[0].clear();
    if (!has_b) lines[1].clear();
    if (lines[0] != lines[1] || (!has_a && !has_b))
      return fmt::format("\"{}\", expected \"{}\"", lines[0], lines[1]);
  }
}

void check(const Head& head, const Identity& identity, const Source& source) {
  if (head.format != kFormat) {
    source.fail(
        fmt::format("expected a checkpoint of format {}, got one of format {}", kFormat, head.format));
  }
  if (head.identity.program != identity.program) {
    source.fail(fmt::format("expected a checkpoint of this program, {}, got one of {}", identity.program,
                            head.identity.program));
  }
  if (head.identity.scenario != identity.scenario) {
    source.fail(fmt::format("the checkpoint is of another scenario: {}",
                            difference(head.identity.scenario, identity.scenario)));
  }
  if (head.identity.input != identity.input) {
    source.fail("the checkpoint is of another run: a file that the scenario names has changed since");
  }
}

}  // namespace

void write(const fs::path& path, const Identity& identity, const std::vector<PackedSection>& sections) {
  core::State body;
  Head head{kFormat, identity, sections.size()};
  body(head);
  std::vector<std::byte> bytes = body.take();
  core::State framed;
  framed(bytes);  // with their size before them
  static_cast<void>(framed.kept(checksum(bytes)));

  fs::path partial = path;
  partial += ".partial";
  const auto fail = [&](int error) {
    std::error_code ignored;
    fs::remove(partial, ignored);
    throw core::HostResourceError(fmt::format("{}: cannot write: {}", path.string(),
                                              std::error_code(error, std::generic_category()).message()));
  };
  if (!write_whole(partial, framed.take(), sections)) fail(errno);
  std::error_code error;
  fs::rename(partial, path, error);
  if (error) fail(error.value());
  // The new name has to survive the machine, too; where a file system cannot do it, it does it by itself.
  const Descriptor directory(open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() >= 0) fsync(directory.number());
}

std::vector<PackedSection> read(const fs::path& path, const Identity& identity) {
  Source source(path);
  source.expect(kMagic, "expected a checkpoint of waferloom, got something else");
  const std::vector<std::byte> bytes = source.take(source.get<std::uint64_t>());
  if (source.get<std::uint32_t>() != checksum(bytes)) source.fail(kDamaged);
  core::State body(bytes);
  Head head;
  // Of another format nothing more is known.
  head.format = core::State(bytes).kept(head.format);
  if (head.format == kFormat) body(head);
  check(head, identity, source);
  std::vector<PackedSection> sections;
  for (std::uint64_t i = 0; i < head.sections; ++i) {
    const auto own = source.get<SectionHead>();
    if (own.of_head != checksum(std::as_bytes(std::span(&own, 1)).first(offsetof(SectionHead, of_head)))) {
      source.fail(kDamaged);
    }
    sections.push_back({own.kind, own.area, own.size, own.checksum, source.take(own.packed)});
    if (checksum(sections.back().bytes) != own.checksum) source.fail(kDamaged);
  }
  source.expect(kEnd, "the checkpoint is cut: it ends too early");
  if (source.left() != 0) source.fail("the checkpoint is damaged: something follows its end");
  return sections;
}

}  // namespace waferloom::checkpoint
