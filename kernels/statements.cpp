// SPDX-License-Identifier: Apache-2.0
// Tasks of a kernel file and their statements.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "core/nearest.hpp"
#include "kernels/language.hpp"
#include "kernels/reader.hpp"

namespace waferloom::kernels {

using core::config::Node;

namespace {

struct OperationForm {
  std::string_view name;
  Operation operation;
  std::array<std::string_view, 3> sources;  ///< of a, b, c; a `?` at its end: may be missing
};

constexpr std::array kForms{
    OperationForm{"move", Operation::move, {"from", "", ""}},
    OperationForm{"add", Operation::add, {"a", "b", ""}},
    OperationForm{"subtract", Operation::subtract, {"a", "b", ""}},
    OperationForm{"multiply", Operation::multiply, {"a", "b", ""}},
    OperationForm{"divide", Operation::divide, {"a", "b", ""}},
    OperationForm{"root", Operation::root, {"from", "", ""}},
    OperationForm{"max", Operation::most, {"a", "b", ""}},
    OperationForm{"fma", Operation::fma, {"a", "b", "c"}},
    OperationForm{"reduce", Operation::reduce, {"a", "b?", ""}},
};

constexpr int kDeepestStatements = 32;

class StatementReader {
 public:
  explicit StatementReader(Reader& reader) : reader_(reader) {}

  std::vector<Statement> list(const Fields& fields, std::string_view key) {
    std::vector<Statement> statements;
    if (++depth_ > kDeepestStatements) {
      reader_.add(
          fields.node(), fields.name_of(key),
          fmt::format("expected at most {} statements within each other, got more", kDeepestStatements));
    } else {
      std::size_t number = 0;
      for (const Node& node : reader_.list(fields, key)) {
        read(node, fmt::format("{}[{}]", fields.name_of(key), number++), statements);
      }
    }
    --depth_;
    return statements;
  }

 private:
  /// What of a statement is none of these is what it does.
  static bool qualifies(const Node& key) {
    return key.text == "if" || key.text == "for" || key.text == "else";
  }

  void read(const Node& node, const std::string& path, std::vector<Statement>& statements) {
    const Fields fields(node, "statement", path, reader_.problems());
    if (!fields.usable()) return;
    std::vector<const Node*> deeds;
    for (const Node& key : node.keys) {
      if (!qualifies(key) && find_key("statement", key.text) != nullptr) deeds.push_back(&key);
    }
    if (deeds.size() != 1) {
      reader_.add(node, path,
                  fmt::format("expected one deed (one of {}), got {}", deeds_text(),
                              deeds.empty() ? "none" : "several"));
      return;
    }
    if (fields.find("else") != nullptr && (deeds[0]->text != "do" || fields.find("if") == nullptr)) {
      reader_.add(*fields.find("else"), fields.name_of("else"), "expected else with if and do alone");
    }
    reader_.repeat(fields, [&](const std::string&) {
      Statement statement;
      statement.where = deeds[0]->where;
      statement.condition = reader_.expression(fields, "if");
      read_deed(fields, deeds[0]->text, statement);
      statements.push_back(std::move(statement));
    });
  }

  static std::string deeds_text() {
    std::vector<std::string> names = keys_of("statement");
    std::erase_if(names,
                  [](const std::string& name) { return name == "if" || name == "for" || name == "else"; });
    return fmt::to_string(fmt::join(names, ", "));
  }

  void read_deed(const Fields& fields, const std::string& name, Statement& statement) {
    const Node& node = *fields.find(name);
    const std::string path = fields.name_of(name);
    for (const OperationForm& form : kForms) {
      if (form.name == name) return read_operation(form, node, path, statement);
    }
    if (name == "do") {
      statement.kind = Statement::Kind::group;
      statement.body = list(fields, "do");
      statement.others = list(fields, "else");
    } else if (name == "cycles") {
      read_cycles(node, path, statement);
    } else if (name == "loop") {
      read_loop(node, path, statement);
    } else if (name == "set") {
      read_set(node, path, statement);
    } else if (name == "control") {
      read_control(node, path, statement);
    } else if (name == "collective") {
      read_collective(node, path, statement);
    } else {
      statement.kind = name == "activate" ? Statement::Kind::activate
                       : name == "block"  ? Statement::Kind::block
                                          : Statement::Kind::unblock;
      reader_.names(node, path, statement.activates, statement.activates_where);
    }
  }

  void read_cycles(const Node& node, const std::string& path, Statement& statement) {
    statement.kind = Statement::Kind::cycles;
    const Fields fields(node, "cycles", path, reader_.problems());
    statement.length = reader_.expression(fields, "count");
    static_cast<void>(reader_.text(fields, "why"));
  }

  void read_loop(const Node& node, const std::string& path, Statement& statement) {
    statement.kind = Statement::Kind::loop;
    const Fields fields(node, "loop", path, reader_.problems());
    if (!fields.usable()) return;
    statement.length = reader_.expression(fields, "count");
    statement.slot = reader_.new_slot();
    static_cast<void>(reader_.new_slot());  // behind it, for how often
    const Node* index = fields.find("index");
    const bool named = index != nullptr && reader_.is_new_name(*index, fields.name_of("index"));
    if (named) reader_.define(index->text, {true, statement.slot});
    statement.body = list(fields, "do");
    if (named) reader_.undefine(index->text);
  }

  /// Several variables are set one after the other.
  void read_set(const Node& node, const std::string& path, Statement& statement) {
    statement.kind = Statement::Kind::group;
    if (node.kind != Node::Kind::mapping) {
      reader_.add(node, path, fmt::format("expected variables with new values, got {}", node.shown()));
      return;
    }
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const std::string key = fmt::format("{}.{}", path, node.keys[i].text);
      const auto& variables = reader_.kernel().variables;
      const auto found = std::find_if(variables.begin(), variables.end(),
                                      [&](const Variable& each) { return each.name == node.keys[i].text; });
      if (found == variables.end()) {
        reader_.add(node.keys[i], key, fmt::format("expected a variable, got {}", node.keys[i].shown()));
        continue;
      }
      Statement each;
      each.kind = Statement::Kind::set;
      each.where = node.keys[i].where;
      each.slot = found->slot;
      each.length = reader_.expression(node.items[i], key);
      statement.body.push_back(std::move(each));
    }
  }

  void read_control(const Node& node, const std::string& path, Statement& statement) {
    statement.kind = Statement::Kind::control;
    const Fields fields(node, "control", path, reader_.problems());
    if (!fields.usable()) return;
    statement.commands = reader_.commands(fields, "commands");
    statement.sends_control = true;
    if (const Node* to = fields.find("to")) {
      statement.to.kind = Operand::Kind::output;
      statement.to.where = to->where;
      statement.to.text = to->text;
      const std::string name = reader_.indexed_name(*to, to->text, fields.name_of("to"));
      statement.to.index = reader_.color(*to, name, fields.name_of("to")).value_or(0);
    }
    read_ending(fields, statement);
  }

  void read_collective(const Node& node, const std::string& path, Statement& statement) {
    statement.kind = Statement::Kind::collective;
    const Fields fields(node, "collective", path, reader_.problems());
    if (!fields.usable()) return;
    CollectiveCall call;
    call.where = node.where;
    call.kind = reader_.text(fields, "kind");
    if (const std::string algorithm = reader_.text(fields, "algorithm"); !algorithm.empty()) {
      call.algorithm = algorithm;
    }
    const std::string over = reader_.text(fields, "over");
    if (over == "columns") call.over = CollectiveCall::Over::columns;
    if (over == "all") call.over = CollectiveCall::Over::all;
    if (fields.find("over") != nullptr && over != "rows" && over != "columns" && over != "all") {
      reader_.add(*fields.find("over"), fields.name_of("over"),
                  fmt::format("expected rows, columns or all, got {}", over));
    }
    constexpr std::int64_t kMostElements = std::int64_t{1} << 32U;
    constexpr std::int64_t kLastPlace = 16383;
    if (const Node* length = fields.find("length")) {
      call.length = reader_.constant(*length, fields.name_of("length"), 1, kMostElements).value_or(1);
    }
    if (const Node* root = fields.find("root")) {
      call.root = reader_.constant(*root, fields.name_of("root"), 0, kLastPlace).value_or(0);
    }
    call.type = reader_.type(fields, "type").value_or(Type::fp32);
    if (reader_.kernel().values) {
      reader_.add(node, path,
                  "expected values: false where collectives are called, which carry no numbers, got true");
    }
    statement.slot = static_cast<std::uint32_t>(reader_.kernel().collectives.size());
    reader_.kernel().collectives.push_back(std::move(call));
  }

  /// What happens as an operation ends.
  void read_ending(const Fields& fields, Statement& statement) {
    statement.asynchronous = reader_.flag(fields, "async");
    statement.thread = reader_.expression(fields, "thread");
    reader_.names(fields, "activate", statement.activates, statement.activates_where);
    reader_.names(fields, "unblock", statement.unblocks, statement.unblocks_where);
    if (statement.asynchronous || (statement.activates.empty() && statement.unblocks.empty())) return;
    const std::string_view key = statement.activates.empty() ? "unblock" : "activate";
    reader_.add(*fields.find(key), fields.name_of(key),
                "expected async: true beside it; a task goes on by itself after other operations");
  }

  void read_operation(const OperationForm& form, const Node& node, const std::string& path,
                      Statement& statement) {
    const Fields fields(node, "operation", path, reader_.problems());
    if (!fields.usable()) return;
    statement.operation = form.operation;
    std::array<Operand*, 3> sources{&statement.a, &statement.b, &statement.c};
    for (std::size_t i = 0; i < sources.size(); ++i) {
      std::string_view name = form.sources.at(i);
      if (name.empty()) continue;
      const bool optional = name.back() == '?';
      if (optional) name.remove_suffix(1);
      if (const Node* source = fields.find(name)) {
        *sources.at(i) = operand(*source, fields.name_of(name), false);
      } else if (!optional) {
        reader_.add(node, fields.name_of(name),
                    fmt::format("expected this operand of {}, got none", form.name));
      }
    }
    refuse_others(form, fields);
    if (const Node* to = fields.find("to")) statement.to = operand(*to, fields.name_of("to"), true);
    statement.length = reader_.expression(fields, "length");
    statement.type = reader_.type(fields, "type");
    if (fields.find("control") != nullptr) {
      statement.commands = reader_.commands(fields, "control");
      statement.sends_control = true;
    }
    read_ending(fields, statement);
  }

  void refuse_others(const OperationForm& form, const Fields& fields) {
    for (const std::string_view name : {"from", "a", "b", "c"}) {
      const bool belongs =
          std::any_of(form.sources.begin(), form.sources.end(),
                      [&](std::string_view source) { return source.substr(0, source.find('?')) == name; });
      if (belongs || fields.find(name) == nullptr) continue;
      reader_.add(*fields.find(name), fields.name_of(name),
                  fmt::format("expected no such operand of {}, got one", form.name));
    }
  }

  Operand operand(const Node& node, const std::string& path, bool is_target) {
    Operand result;
    result.where = node.where;
    result.text = node.text;
    if (node.kind == Node::Kind::mapping) return slice(node, path);
    if (node.kind != Node::Kind::scalar) {
      if (node.kind != Node::Kind::invalid) {
        reader_.add(node, path, fmt::format("expected an operand, got {}", node.shown()));
      }
      return result;
    }
    const std::string_view text = node.text;
    if (text.starts_with("in ") || text.starts_with("out ")) return fabric_operand(node, path, is_target);
    if (!is_target && text == "wavelet") {
      result.kind = Operand::Kind::arrived;
      return result;
    }
    if (!is_target && read_literal(text, result.literal)) {
      result.kind = Operand::Kind::literal;
      return result;
    }
    return named_operand(node, path, result);
  }

  static bool read_literal(std::string_view text, double& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
  }

  Operand fabric_operand(const Node& node, const std::string& path, bool is_target) {
    Operand result;
    result.where = node.where;
    result.text = node.text;
    const bool is_output = node.text.starts_with("out ");
    const std::string_view rest = std::string_view(node.text).substr(is_output ? 4 : 3);
    if (is_output != is_target) {
      reader_.add(node, path,
                  fmt::format("expected {}, got {}",
                              is_target ? "out COLOR where results go" : "in COLOR as a source", node.text));
      return result;
    }
    if (rest.empty()) {
      reader_.add(node, path, fmt::format("expected {} COLOR, got {}", is_output ? "out" : "in", node.text));
      return result;
    }
    const std::string name = reader_.indexed_name(node, rest, path);
    if (name.empty()) return result;
    if (const std::optional<std::uint32_t> color = reader_.color(node, name, path)) {
      result.kind = is_output ? Operand::Kind::output : Operand::Kind::input;
      result.index = *color;
    }
    return result;
  }

  /// A whole buffer, or `NAME[EXPRESSION]`, one element of it.
  Operand named_operand(const Node& node, const std::string& path, Operand result) {
    const std::size_t bracket = node.text.find('[');
    const std::string name = node.text.substr(0, bracket);
    const std::optional<std::uint32_t> buffer = reader_.buffer(node, name, path);
    if (!buffer) return result;
    result.index = *buffer;
    const bool is_scalar = !reader_.kernel().buffers[*buffer].length;
    result.kind = is_scalar ? Operand::Kind::element : Operand::Kind::vector;
    if (bracket == std::string::npos) return result;
    result.kind = Operand::Kind::element;
    if (node.text.back() != ']') {
      reader_.add(node, path, fmt::format("expected BUFFER[ELEMENT], got {}", node.text));
      return result;
    }
    Node index = node;
    index.text = node.text.substr(bracket + 1, node.text.size() - bracket - 2);
    result.offset = reader_.expression(index, path);
    return result;
  }

  Operand slice(const Node& node, const std::string& path) {
    Operand result;
    result.where = node.where;
    const Fields fields(node, "operand", path, reader_.problems());
    const Node* name = fields.find("buffer");
    if (name == nullptr) return result;
    const std::optional<std::uint32_t> buffer = reader_.buffer(*name, name->text, fields.name_of("buffer"));
    if (!buffer) return result;
    result.kind = Operand::Kind::vector;
    result.index = *buffer;
    result.text = name->text;
    result.offset = reader_.expression(fields, "offset");
    result.length = reader_.expression(fields, "length");
    result.stride = reader_.expression(fields, "stride");
    result.rows = reader_.expression(fields, "rows");
    result.row_stride = reader_.expression(fields, "row_stride");
    if (result.rows.has_value() != result.row_stride.has_value() || (result.rows && !result.length)) {
      reader_.add(node, path, "expected length, rows and row_stride together, got only some of them");
    }
    return result;
  }

  Reader& reader_;
  int depth_ = 0;
};

class TaskReader {
 public:
  explicit TaskReader(Reader& reader) : reader_(reader), statements_(reader) {}

  void read(const Node& node, std::size_t number) {
    const Fields fields(node, "task", fmt::format("tasks[{}]", number), reader_.problems());
    if (!fields.usable()) return;
    const Node* name = fields.find("name");
    if (name == nullptr || !reader_.is_new_name(*name, fields.name_of("name"))) return;
    reader_.repeat(fields, [&](const std::string& suffix) {
      Task task;
      task.where = node.where;
      task.name = name->text + suffix;
      const auto& tasks = reader_.kernel().tasks;
      if (std::any_of(tasks.begin(), tasks.end(), [&](const Task& each) { return each.name == task.name; })) {
        reader_.add(*name, fields.name_of("name"),
                    fmt::format("expected a name of its own, got {} again", task.name));
      }
      task.condition = reader_.expression(fields, "where");
      task.start = reader_.expression(fields, "start");
      task.blocked = reader_.expression(fields, "blocked");
      if (const Node* on = fields.find("color")) {
        const std::string color = reader_.indexed_name(*on, on->text, fields.name_of("color"));
        task.on = reader_.color(*on, color, fields.name_of("color"));
      }
      task.body = statements_.list(fields, "do");
      reader_.kernel().tasks.push_back(std::move(task));
    });
  }

 private:
  Reader& reader_;
  StatementReader statements_;
};

/// Every task that a statement names exists.
class NameCheck {
 public:
  explicit NameCheck(Reader& reader) : reader_(reader) {
    for (const Task& task : reader.kernel().tasks) known_.push_back(task.name);
  }

  void check(const std::vector<Statement>& statements) {
    for (const Statement& each : statements) {
      check(each.activates, each.activates_where);
      check(each.unblocks, each.unblocks_where);
      check(each.body);
      check(each.others);
    }
  }

 private:
  void check(const std::vector<std::string>& names, const std::vector<Location>& where) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (std::find(known_.begin(), known_.end(), names[i]) != known_.end()) continue;
      reader_.problems().add(where[i], "tasks",
                             fmt::format("expected a task ({}), got {}{}", fmt::join(known_, ", "), names[i],
                                         core::suggestion(names[i], known_)));
    }
  }

  Reader& reader_;
  std::vector<std::string> known_;
};

}  // namespace

void read_tasks(Reader& reader, const Fields& file) {
  TaskReader tasks(reader);
  std::size_t number = 0;
  for (const Node& node : reader.list(file, "tasks")) tasks.read(node, number++);
  NameCheck check(reader);
  for (const Task& task : reader.kernel().tasks) check.check(task.body);
}

}  // namespace waferloom::kernels
