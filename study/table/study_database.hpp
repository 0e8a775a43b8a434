// SPDX-License-Identifier: Apache-2.0
// study.sqlite: the table of a study as a database.
#pragma once

#include <filesystem>

#include "study/table/table.hpp"

namespace waferloom::study {

/// Replaces `file`. Throws core::HostResourceError when the disk is full.
void write_database(const std::filesystem::path& file, const Table& table);

}  // namespace waferloom::study
