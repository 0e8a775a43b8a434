// SPDX-License-Identifier: Apache-2.0
#include "results/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "core/error.hpp"

namespace waferloom::results {

void SqliteFile::Close::operator()(sqlite3* database) const { (void)sqlite3_close(database); }

SqliteFile::SqliteFile(std::filesystem::path path, Mode mode) : path_(std::move(path)), mode_(mode) {
  sqlite3* opened = nullptr;
  // One thread at a time uses a connection, so that it needs no locks of its own.
  // Reading may have to roll back what a run that was killed left half written.
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (mode == Mode::create ? SQLITE_OPEN_CREATE : 0);
  const int status = sqlite3_open_v2(path_.c_str(), &opened, flags, nullptr);
  database_.reset(opened);
  if (status != SQLITE_OK) fail();
}

void SqliteFile::run(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

void SqliteFile::fail() const {
  const char* reason = sqlite3_errmsg(database_.get());
  if (mode_ == Mode::create) {
    throw core::HostResourceError(fmt::format("{}: cannot write: {}", path_.string(), reason));
  }
  throw core::InputError(fmt::format("{}: expected a results database, got one that cannot be read: {}",
                                     path_.string(), reason));
}

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  (void)sqlite3_finalize(statement);
}

SqliteStatement::SqliteStatement(SqliteFile& file, std::string_view sql) : file_(file) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(file.handle(), sql.data(), static_cast<int>(sql.size()), &prepared, nullptr) !=
      SQLITE_OK) {
    file.fail();
  }
  statement_.reset(prepared);
}

bool SqliteStatement::next() {
  const int status = sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status != SQLITE_DONE) file_.fail();
  return false;
}

bool SqliteStatement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::uint64_t SqliteStatement::count(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

double SqliteStatement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string SqliteStatement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string()
                          : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

void SqliteStatement::bind(int index, std::uint64_t value) {
  if (sqlite3_bind_int64(statement_.get(), index, static_cast<sqlite3_int64>(value)) != SQLITE_OK) {
    file_.fail();
  }
}

void SqliteStatement::bind(int index, double value) {
  if (sqlite3_bind_double(statement_.get(), index, value) != SQLITE_OK) file_.fail();
}

void SqliteStatement::bind(int index, std::string_view value) {
  // The text outlives the statement's run, after which it is reset.
  if (sqlite3_bind_text(statement_.get(), index, value.data(), static_cast<int>(value.size()),
                        SQLITE_STATIC) != SQLITE_OK) {
    file_.fail();
  }
}

void SqliteStatement::bind(int index, std::nullptr_t) {
  if (sqlite3_bind_null(statement_.get(), index) != SQLITE_OK) file_.fail();
}

void SqliteStatement::reset() { (void)sqlite3_reset(statement_.get()); }

std::string SqliteRows::statement(const std::string& table, std::size_t columns, std::size_t rows) {
  std::string row = "(?";
  for (std::size_t c = 1; c < columns; ++c) row += ",?";
  row += ')';
  std::string text = fmt::format("INSERT INTO {} VALUES {}", table, row);
  for (std::size_t r = 1; r < rows; ++r) text += ',' + row;
  return text;
}

void SqliteRows::run(SqliteStatement& statement, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) statement.bind(static_cast<int>(i) + 1, waiting_[i]);
  (void)statement.next();
  statement.reset();
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
}

void SqliteRows::finish() {
  while (!waiting_.empty()) run(single_, columns_);
}

}  // namespace waferloom::results
