// SPDX-License-Identifier: Apache-2.0
#include "core/config/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <tuple>

#include "core/error.hpp"

namespace waferloom::core::config {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = 16U << 20U;

/// Builds the tree from yaml-cpp's events. Its own Node would lose what we need: duplicates and quotes.
class Builder : public YAML::EventHandler {
 public:
  Builder(const Location& origin, Problems& problems) : origin_(origin), problems_(problems) {}

  Node take() { return std::move(root_); }

  Location at(const YAML::Mark& mark) const {
    Location where = origin_;
    if (origin_.line != 0 && !mark.is_null()) {
      where.line = static_cast<std::size_t>(mark.line) + 1;
      where.column = static_cast<std::size_t>(mark.column) + 1;
    }
    return where;
  }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    put({Node::Kind::null, {}, at(mark), {}, {}});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    problems_.add(at(mark), "", "expected a value, got an alias (aliases are not supported)");
    put({Node::Kind::invalid, {}, at(mark), {}, {}});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    put({Node::Kind::scalar, value, at(mark), {}, {}});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Kind::mapping);
  }
  void OnMapEnd() override { close(); }

 private:
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0)
      problems_.add(at(mark), "", "expected a value, got an anchor (anchors are not supported)");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    problems_.add(at(mark), "", fmt::format("expected a value without a tag, got the tag {}", tag));
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    stack_.push_back({kind, {}, at(mark), {}, {}});
  }
  void close() {
    Node node = std::move(stack_.back());
    stack_.pop_back();
    put(std::move(node));
  }
  void put(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Node& parent = stack_.back();
    const bool is_key = parent.kind == Node::Kind::mapping && parent.keys.size() == parent.items.size();
    if (is_key) {
      parent.keys.push_back(std::move(node));
      return;
    }
    // yaml-cpp places a missing value at whatever comes next; its key is where one would look.
    if (parent.kind == Node::Kind::mapping && node.kind == Node::Kind::null)
      node.where = parent.keys.back().where;
    parent.items.push_back(std::move(node));
  }

  Location origin_;
  Problems& problems_;
  std::vector<Node> stack_;
  Node root_;
};

/// yaml-cpp ends a file silently at some control characters: better to refuse them all.
bool refuse_control_characters(const std::string& text, const Location& origin, Problems& problems) {
  Location where = origin;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      line_start = i + 1;
      if (where.line != 0) ++where.line;
    }
    if (c >= 0x20 ? c != 0x7f : (c == '\t' || c == '\n' || c == '\r')) continue;
    if (where.line != 0) where.column = i - line_start + 1;
    problems.add(where, "", fmt::format("expected text, got the control character 0x{:02x}", c));
    return true;
  }
  return false;
}

/// The file's content, or the reason why there is none.
std::string read_file(const fs::path& path, std::string& reason) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) reason = "no such file";
  if (fs::is_directory(status)) reason = "a directory";
  if (!reason.empty()) return {};
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    reason = std::generic_category().message(errno);
    return {};
  }
  std::string text;
  std::vector<char> chunk(65536);
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || file.gcount() > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > kLargestFile) {
      reason = fmt::format("more than {} MiB", kLargestFile >> 20U);
      return {};
    }
  }
  return text;
}

}  // namespace

std::string Location::text() const {
  return line == 0 ? source : fmt::format("{}:{}:{}", source, line, column);
}

std::string Node::shown() const {
  constexpr std::size_t kLongest = 60;
  switch (kind) {
    case Kind::null:
    case Kind::invalid:
      return "nothing";
    case Kind::sequence:
      return "a list";
    case Kind::mapping:
      return "a mapping";
    case Kind::scalar:
      break;
  }
  if (text.empty()) return "\"\"";
  std::size_t end = std::min(text.size(), kLongest);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
    --end;  // UTF-8
  std::string line = text.substr(0, end) + (end < text.size() ? "..." : "");
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

const Node* Node::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size() && i < items.size(); ++i) {
    if (keys[i].kind == Kind::scalar && keys[i].text == key) return &items[i];
  }
  return nullptr;
}

void Problems::add(const Location& where, std::string_view key, std::string_view message) {
  // What is read several times, such as what a kernel file repeats, is told once.
  const bool known = std::any_of(found_.begin(), found_.end(), [&](const Problem& each) {
    return each.where.line == where.line && each.where.column == where.column && each.key == key &&
           each.message == message && each.where.text() == where.text();
  });
  if (!known) found_.push_back({where, std::string(key), std::string(message)});
}

void Problems::append(const Problems& others) {
  found_.insert(found_.end(), others.found_.begin(), others.found_.end());
}

bool Problems::concerns(std::string_view key) const {
  const auto below = [](std::string_view section, std::string_view k) {
    return k.size() > section.size() && k.starts_with(section) && k[section.size()] == '.';
  };
  return std::any_of(found_.begin(), found_.end(), [&](const Problem& problem) {
    return problem.key.empty() || problem.key == key || below(problem.key, key) || below(key, problem.key);
  });
}

std::string Problems::text() const {
  std::vector<Problem> sorted = found_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.where.layer, a.where.line, a.where.column) <
           std::tie(b.where.layer, b.where.line, b.where.column);
  });
  std::string lines;
  for (const Problem& problem : sorted) {
    lines += fmt::format("{}{}: {}{}{}", lines.empty() ? "" : "\n", problem.where.text(), problem.key,
                         problem.key.empty() ? "" : ": ", problem.message);
  }
  return lines;
}

void Problems::throw_if_any() const {
  if (!empty()) throw InputError(text());
}

Node parse_text(const std::string& text, const Location& origin, Problems& problems) {
  if (refuse_control_characters(text, origin, problems)) return {Node::Kind::invalid, {}, origin, {}, {}};
  Builder builder(origin, problems);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Node root = builder.take();
    if (root.where.source.empty()) root.where = origin;
    Problems ignored;
    Builder rest(origin, ignored);
    if (parser.HandleNextDocument(rest)) {
      problems.add(rest.take().where, "", "expected one document, got a second one");
    }
    return root;
  } catch (const YAML::Exception& e) {
    const bool too_deep = dynamic_cast<const YAML::DeepRecursion*>(&e) != nullptr;
    problems.add(builder.at(e.mark), "",
                 fmt::format("expected valid YAML, got: {}", too_deep ? "nesting that is too deep" : e.msg));
    return {Node::Kind::invalid, {}, origin, {}, {}};
  }
}

std::optional<std::string> file_text(const fs::path& path, std::uint32_t layer, Problems& problems) {
  std::string reason;
  std::string text = read_file(path, reason);
  if (reason.empty()) return text;
  problems.add({path.string(), 0, 0, layer}, "", fmt::format("expected a readable file, got {}", reason));
  return std::nullopt;
}

Node parse_file_text(const std::string& text, const fs::path& path, std::uint32_t layer, Problems& problems) {
  const Location start{path.string(), 1, 1, layer};
  Problems found;
  Node root = parse_text(text, start, found);
  if (found.empty() && root.kind == Node::Kind::null) {
    problems.add(start, "", "expected a mapping of keys, got an empty file");
  } else if (found.empty() && root.kind != Node::Kind::mapping) {
    problems.add(root.where, "", fmt::format("expected a mapping of keys, got {}", root.shown()));
  }
  problems.append(found);
  return root;
}

Node parse_file(const fs::path& path, std::uint32_t layer, Problems& problems) {
  const std::optional<std::string> text = file_text(path, layer, problems);
  if (!text) return {Node::Kind::invalid, {}, {path.string(), 0, 0, layer}, {}, {}};
  return parse_file_text(*text, path, layer, problems);
}

Node Documents::file(const fs::path& path, std::uint32_t layer, Problems& problems) {
  const std::lock_guard lock(mutex_);
  const auto [place, added] = known_.try_emplace({path, layer});
  if (added) place->second.root = parse_file(path, layer, place->second.problems);
  problems.append(place->second.problems);
  return place->second.root;
}

}  // namespace waferloom::core::config
