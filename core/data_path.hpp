// SPDX-License-Identifier: Apache-2.0
// Where the program's own data are: scenarios/ (with hardware/ presets) and models/data/.
#pragma once

#include <filesystem>

namespace waferloom::core {

/// The file of this program; empty where neither /proc nor the system's loader tells.
[[nodiscard]] std::filesystem::path program_file();

/// The directory that holds scenarios/ and models/data/: $WAFERLOOM_DATA_DIR where set, else share/waferloom
/// beside the program's bin (an installed tree, wherever it was moved), else the source checkout above a
/// build directory. Throws core::InputError that says where it looked.
[[nodiscard]] std::filesystem::path data_directory();

}  // namespace waferloom::core
