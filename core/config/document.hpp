// SPDX-License-Identifier: Apache-2.0
// A YAML document as a tree in which every node knows where it stands. Scalars stay text: what they mean is
// decided by the key they are given to, not by YAML's rules (010, yes, 1e3 and the like hold no surprises).
// Duplicate keys are kept for the reader to report. Anchors, aliases, tags and merge keys are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waferloom::core::config {

/// A place in a file, or a command line argument (line 0).
struct Location {
  std::string source;       ///< file as the user named it, or e.g. `--set fabric.width=5`
  std::size_t line = 0;     ///< from 1
  std::size_t column = 0;   ///< from 1
  std::uint32_t layer = 0;  ///< later layers override earlier ones: presets, scenario, command line

  /// `file:line:column`, or only the source where there is no line.
  [[nodiscard]] std::string text() const;
};

struct Node {
  /// `invalid` stands where something was refused and reported already.
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping, invalid };
  Kind kind = Kind::null;
  std::string text;         ///< of a scalar, without quotes
  Location where;           ///< of a null value: where its key stands
  std::vector<Node> keys;   ///< of a mapping, in file order; keys[i] belongs to items[i]
  std::vector<Node> items;  ///< of a sequence or mapping

  /// How a message names what the user wrote: the text, `a list`, `a mapping` or `nothing`.
  [[nodiscard]] std::string shown() const;

  /// The first value of `key` in a mapping, or nullptr.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

/// Everything found wrong so far; all of it is reported at once.
class Problems {
 public:
  /// `message` reads "expected ..., got ...". `key` is the dotted key, or empty. The same again is no news.
  void add(const Location& where, std::string_view key, std::string_view message);

  void append(const Problems& others);

  [[nodiscard]] bool empty() const { return found_.empty(); }
  /// Whether `key`, a section above it or a key below it has a problem, or may have: where a file or value
  /// cannot be read at all, nobody knows its keys.
  [[nodiscard]] bool concerns(std::string_view key) const;
  /// One line per problem, in order of layer, line and column.
  [[nodiscard]] std::string text() const;
  /// Throws core::InputError with text() unless empty.
  void throw_if_any() const;

 private:
  struct Problem {
    Location where;
    std::string key;
    std::string message;
  };
  std::vector<Problem> found_;
};

/// Reads one document. What is no valid YAML (or refused) is added to `problems`; the tree then holds what
/// came before it. `origin` gives the positions their source and layer; with `line` 0 positions stay without
/// lines.
[[nodiscard]] Node parse_text(const std::string& text, const Location& origin, Problems& problems);

/// The text of the file `path`, read once, as a pipe can be; none: it is missing or cannot be read, which is a problem.
[[nodiscard]] std::optional<std::string> file_text(const std::filesystem::path& path, std::uint32_t layer,
                                                   Problems& problems);

/// What the file `path` holds, which must be a mapping. An empty text is a problem too.
[[nodiscard]] Node parse_file_text(const std::string& text, const std::filesystem::path& path,
                                   std::uint32_t layer, Problems& problems);

/// Both of these.
[[nodiscard]] Node parse_file(const std::filesystem::path& path, std::uint32_t layer, Problems& problems);

/// Files that are read once for many that ask: of a study's points, all name the same ones. Threads may share it.
class Documents {
 public:
  /// As parse_file; what is wrong with the file is told each time.
  [[nodiscard]] Node file(const std::filesystem::path& path, std::uint32_t layer, Problems& problems);

 private:
  struct Read {
    Node root;
    Problems problems;
  };
  std::mutex mutex_;
  std::map<std::pair<std::filesystem::path, std::uint32_t>, Read> known_;
};

}  // namespace waferloom::core::config
