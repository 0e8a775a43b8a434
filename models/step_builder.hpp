// SPDX-License-Identifier: Apache-2.0
// Builds the records of a training step in order: numbers and names them, threads the dependency from one
// operation to the next, and keeps account of which tensors live in SRAM.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "models/geometry.hpp"
#include "models/strategy.hpp"

namespace waferloom::models {

/// Colors of the trace: a palette for the I/O streams and four for the chains of each axis.
struct ColorPlan {
  std::vector<std::uint8_t> in;
  std::vector<std::uint8_t> out;
  std::vector<std::uint8_t> chain_x;
  std::vector<std::uint8_t> chain_y;
  std::vector<std::uint8_t> relay;  ///< none: weights do not pass from lane to lane
};

/// How an activation lies on the tiles: features over columns and tokens over rows, or the other way round.
enum class Layout : std::uint8_t { upright, turned };

[[nodiscard]] constexpr Layout other(Layout layout) {
  return layout == Layout::upright ? Layout::turned : Layout::upright;
}

class StepBuilder {
 public:
  /// Throws core::InputError when the routers have too few colors.
  StepBuilder(const LoweringRequest& request, const Geometry& geometry, const RecordSink& sink);

  /// Of the present layout: `columns` are what features are spread over.
  [[nodiscard]] const Geometry& geometry() const { return layout_ == Layout::turned ? turned_ : geometry_; }
  [[nodiscard]] const WorkloadParameters& workload() const { return request_.workload; }
  [[nodiscard]] const Model& model() const { return request_.model; }
  [[nodiscard]] const ColorPlan& colors() const { return colors_; }
  /// The end of a column at which results leave.
  [[nodiscard]] trace::Root results_root() const {
    return request_.placement.results_leave_north ? trace::Root::first : trace::Root::last;
  }

  /// Whether the workload asks for a phase.
  [[nodiscard]] bool wants(trace::Phase phase) const;
  [[nodiscard]] bool wants_backward() const {
    return wants(trace::Phase::backward_input) || wants(trace::Phase::backward_weight);
  }

  /// Weights stay in SRAM: nothing streams in or out, and several micro-batches' tensors live side by side.
  void make_resident() { resident_ = true; }
  [[nodiscard]] bool resident() const { return resident_; }
  /// Following records are made as if features lay over columns, and turned where they do not.
  void set_layout(Layout layout) { layout_ = layout; }
  [[nodiscard]] Layout layout() const { return layout_; }
  /// The first tile of following records' areas.
  void set_origin(core::Coordinate at) { origin_ = at; }
  /// Goes on numbering where another builder of the same trace stopped.
  void set_next_id(std::uint32_t id) { next_id_ = id; }

  /// Where the backward pass's work belongs that serves both of its parts.
  [[nodiscard]] trace::Phase backward_phase() const {
    return wants(trace::Phase::backward_input) ? trace::Phase::backward_input : trace::Phase::backward_weight;
  }

  /// Where following records belong.
  void set_micro_batch(std::uint32_t micro_batch) { micro_batch_ = micro_batch; }
  [[nodiscard]] std::uint32_t micro_batch() const { return micro_batch_; }
  /// Following records work on this part of the sequences, which lies on the tiles as `geometry` says.
  void set_part(std::uint32_t part, const Geometry& geometry);
  [[nodiscard]] std::uint32_t part() const { return part_; }
  /// Working buffers of following records are as many times halved.
  void set_halvings(std::uint32_t halvings) { halvings_ = halvings; }
  /// What a working buffer of at most `bytes` may take.
  [[nodiscard]] std::uint64_t buffer_bytes(std::uint64_t bytes) const { return bytes >> halvings_; }
  void set_layer(std::uint32_t layer) { layer_ = layer; }
  void set_phase(trace::Phase phase) { phase_ = phase; }
  void set_operation(std::string operation) { operation_ = std::move(operation); }
  [[nodiscard]] std::string prefix() const;

  /// A record with its place, number and name (prefix + what) filled in; give it to emit().
  [[nodiscard]] trace::Record make(trace::Kind kind, const std::string& what);
  [[nodiscard]] std::uint32_t next_id() const { return next_id_; }
  std::uint32_t emit(trace::Record record);

  /// The record that the next operation has to wait for; kNoRecord at the start.
  [[nodiscard]] std::uint32_t last() const { return last_; }
  void set_last(std::uint32_t id) { last_ = id; }
  /// Adds the dependency on last() to a record.
  void after_last(trace::Record& record) const;
  /// The stream brings the same to all lanes: it enters once for all of them, if they share.
  void share_among_lanes(trace::Record& stream) const;
  /// Adds dependencies on all gradients streamed out since the last call.
  void after_streams_out(trace::Record& record);

  /// `record` needs `tensor` in SRAM from its start; allocated unless it lives already.
  void hold(trace::Record& record, const std::string& tensor, trace::Amount bytes);
  /// `record` is the last to use it. No effect if it does not live.
  void release(trace::Record& record, const std::string& tensor);
  /// Released with the next record that does arithmetic.
  void release_later(const std::string& tensor) { pending_releases_.push_back(live_name(tensor)); }

  /// A compute record on SRAM operands, after last(); becomes last(). `passes` vector operations over
  /// `elements`.
  struct Work {
    trace::Amount macs;
    trace::Amount vector_elements;
    trace::Amount divides;
  };
  trace::Record make_compute(const std::string& what, const Work& work);

  /// SRAM bytes that `macs` multiply-accumulates with an accumulator in SRAM read and write: a weight that
  /// arrives is multiplied with what the PE holds.
  void add_accumulate_traffic(trace::Record& record) const;
  /// And as dot products, where both operands lie in SRAM: the sum is kept in a register and written once, as
  /// one of `results`.
  static void add_dot_traffic(trace::Record& record, trace::Amount results);
  /// And `vector_elements` element-wise operations: two operands are read, a result is written, in FP16.
  static void add_vector_traffic(trace::Record& record);
  /// Cycles that loading the kernels of a layer's pass takes; none where they stay.
  [[nodiscard]] std::uint64_t kernel_load_cycles() const {
    return resident_ ? 0 : request_.placement.kernel_load_cycles;
  }

 private:
  [[nodiscard]] std::string live_name(const std::string& tensor) const;
  void release_live(trace::Record& record, const std::string& name);
  void turn(trace::Record& record) const;

  const LoweringRequest& request_;
  Geometry geometry_;
  Geometry turned_;
  const RecordSink& sink_;
  bool resident_ = false;
  Layout layout_ = Layout::upright;
  core::Coordinate origin_;
  ColorPlan colors_;
  std::uint32_t next_id_ = 0;
  std::uint32_t last_ = trace::kNoRecord;
  std::uint32_t micro_batch_ = 0;
  std::uint32_t part_ = 0;
  std::uint32_t halvings_ = 0;
  std::uint32_t layer_ = trace::kNoLayer;
  trace::Phase phase_ = trace::Phase::forward;
  std::string operation_;
  std::set<std::string> live_;
  std::vector<std::string> pending_releases_;
  std::vector<std::uint32_t> streams_out_;
};

/// `record` begins when all of the record `id` is done; kNoRecord: it need not wait.
void wait_for(trace::Record& record, std::uint32_t id);

/// Bytes of a tensor of `features` spread over columns and tokens over rows.
[[nodiscard]] trace::Amount activation_bytes(const Geometry& geometry, std::uint64_t features,
                                             std::uint64_t bytes_per_element = 2);

}  // namespace waferloom::models
