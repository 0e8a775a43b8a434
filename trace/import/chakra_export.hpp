// SPDX-License-Identifier: Apache-2.0
// A traffic trace as a Chakra execution trace (schema 1.0) of one rank, the wafer: a node for each record, with its id.
//
//   stream_in, stream_out          MEM_LOAD, MEM_STORE of `tensor_size` bytes from and to the host
//   compute                        COMP of `num_ops` operations, and `tensor_size` bytes of SRAM
//   reduce, broadcast, all_gather  COMM_COLL of the tiles of a line, `pg_name` rows or columns, `comm_size` the bytes of a
//                                  line; `lines` says how many there are
//   update                         COMP with `is_cpu_op`, and `parameters`
// Records wait for whole ones there: a lag is not kept, and one on a later record, which bounds a buffer, left out.
#pragma once

#include <cstdint>
#include <filesystem>

namespace waferloom::trace {

/// Gives the number of nodes. Throws core::InputError.
std::uint64_t export_chakra(const std::filesystem::path& trace, const std::filesystem::path& out);

}  // namespace waferloom::trace
