// SPDX-License-Identifier: Apache-2.0
// Field numbers and values of the public schema of Chakra execution traces (et_def.proto, 0.0.4 and 1.0).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace waferloom::trace::chakra {

namespace metadata_field {
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::uint32_t kAttribute = 2;
}  // namespace metadata_field

namespace node_field {
inline constexpr std::uint32_t kId = 1;
inline constexpr std::uint32_t kName = 2;
inline constexpr std::uint32_t kType = 3;
inline constexpr std::uint32_t kControl = 4;
inline constexpr std::uint32_t kData = 5;
inline constexpr std::uint32_t kDuration = 7;
inline constexpr std::uint32_t kAttribute = 10;
}  // namespace node_field

/// Of an attribute: its name, and one of many kinds of value, single ones with odd numbers, lists with the even ones
/// after them.
namespace attribute_field {
inline constexpr std::uint32_t kName = 1;
inline constexpr std::uint32_t kDouble = 3;
inline constexpr std::uint32_t kFloat = 5;
inline constexpr std::uint32_t kInt32 = 7;
inline constexpr std::uint32_t kInt64 = 9;
inline constexpr std::uint32_t kUint32 = 11;
inline constexpr std::uint32_t kUint64 = 13;
inline constexpr std::uint32_t kSint32 = 15;
inline constexpr std::uint32_t kSint64 = 17;
inline constexpr std::uint32_t kFixed32 = 19;
inline constexpr std::uint32_t kFixed64 = 21;
inline constexpr std::uint32_t kSfixed32 = 23;
inline constexpr std::uint32_t kSfixed64 = 25;
inline constexpr std::uint32_t kBool = 27;
inline constexpr std::uint32_t kBoolList = 28;
inline constexpr std::uint32_t kString = 29;
}  // namespace attribute_field
/// A list is a message whose field of this number holds the values.
inline constexpr std::uint32_t kListValues = 1;

/// The values of `comm_type`, in the schema's order.
inline constexpr std::array<std::string_view, 10> kCollectives{
    "ALL_REDUCE", "REDUCE",         "ALL_GATHER",           "GATHER", "SCATTER", "BROADCAST",
    "ALL_TO_ALL", "REDUCE_SCATTER", "REDUCE_SCATTER_BLOCK", "BARRIER"};

}  // namespace waferloom::trace::chakra
