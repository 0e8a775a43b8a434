// SPDX-License-Identifier: Apache-2.0
// SQLite, as much of it as the results need: a file, and statements with positional parameters. Everything
// that fails while writing throws core::HostResourceError, while reading core::InputError.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace waferloom::results {

class SqliteFile {
 public:
  enum class Mode : std::uint8_t { create, read };

  SqliteFile(std::filesystem::path path, Mode mode);

  /// Statements without parameters or results.
  void run(const std::string& sql);
  [[noreturn]] void fail() const;
  [[nodiscard]] sqlite3* handle() const { return database_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::filesystem::path path_;
  Mode mode_;
  std::unique_ptr<sqlite3, Close> database_;
};

class SqliteStatement {
 public:
  SqliteStatement(SqliteFile& file, std::string_view sql);

  /// Binds the values to the parameters in order, runs a statement without results, and is ready for the next.
  template <class... Values>
  void insert(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    finish_row();
  }
  /// Binds one value; texts have to last until finish_row().
  void bind(int index, std::uint64_t value);
  void bind(int index, std::uint32_t value) { bind(index, std::uint64_t{value}); }
  void bind(int index, double value);
  void bind(int index, std::string_view value);
  void bind(int index, std::nullptr_t);
  template <class Value>
  void bind(int index, const std::optional<Value>& value) {
    if (value) {
      bind(index, *value);
    } else {
      bind(index, nullptr);
    }
  }
  void bind(int index, const std::variant<std::uint64_t, double>& value) {
    std::visit([&](const auto& number) { bind(index, number); }, value);
  }
  void finish_row() {
    (void)next();
    reset();
  }

  /// Goes to the next row; false at the end.
  [[nodiscard]] bool next();
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::uint64_t count(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  friend class SqliteRows;
  void reset();

  SqliteFile& file_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Rows of numbers for one table, many to a statement, as the statement costs more than a row.
class SqliteRows {
 public:
  SqliteRows(SqliteFile& file, const std::string& table, std::size_t columns)
      : columns_(columns),
        many_(file, statement(table, columns, kRows)),
        single_(file, statement(table, columns, 1)) {}

  /// The next value of a row, column by column.
  void put(std::uint64_t value) {
    waiting_.push_back(value);
    if (waiting_.size() == kRows * columns_) run(many_, waiting_.size());
  }
  /// Inserts what still waits.
  void finish();

 private:
  static constexpr std::size_t kRows = 64;
  [[nodiscard]] static std::string statement(const std::string& table, std::size_t columns, std::size_t rows);
  /// With the first `count` of the values that wait.
  void run(SqliteStatement& statement, std::size_t count);

  std::size_t columns_;
  SqliteStatement many_;
  SqliteStatement single_;
  std::vector<std::uint64_t> waiting_;
};

}  // namespace waferloom::results
