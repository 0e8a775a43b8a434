// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/replay/step_maker.hpp"

#include <algorithm>
#include <cmath>

#include "core/arithmetic.hpp"
#include "pe/datapath.hpp"
#include "trace/quantities.hpp"
#include "trace/shared_stream.hpp"

namespace waferloom::wafer {

using core::ceil_div;
using trace::Kind;
using trace::Record;

namespace {

/// What sending a weight on costs a PE beside its own work with it: the fabric takes one wavelet a cycle, as from
/// the PEs of a chain.
constexpr std::uint64_t kPassOnCycles = 1;

pe::Arithmetic arithmetic_of(trace::Precision precision) {
  switch (precision) {
    case trace::Precision::fp16:
      return pe::Arithmetic::fp16;
    case trace::Precision::mixed:
      return pe::Arithmetic::mixed;
    case trace::Precision::fp32:
      return pe::Arithmetic::fp32;
  }
  return pe::Arithmetic::mixed;
}

/// The share of each of so many wavelets.
pe::VectorWork per_wavelet(pe::VectorWork work, std::uint64_t wavelets) {
  work.macs = ceil_div(work.macs, wavelets);
  work.vector_elements = ceil_div(work.vector_elements, wavelets);
  work.divides = ceil_div(work.divides, wavelets);
  work.read_bytes = ceil_div(work.read_bytes, wavelets);
  work.write_bytes = ceil_div(work.write_bytes, wavelets);
  return work;
}

pe::Work bound_of(const pe::VectorCost& cost) {
  return cost.sram_bound ? pe::Work::sram : pe::Work::arithmetic;
}

}  // namespace

StepMaker::StepMaker(const pe::PeParameters& pe, const RecordParts& parts,
                     const std::vector<std::uint32_t>& tags)
    : pe_(pe), parts_(parts), tags_(tags) {
  for (const Record& record : parts.records()) {
    const auto of = [&](const trace::Amount& amount) { return shares_.of(amount, record, record.area); };
    amounts_.push_back({shares_.of(record.elements, record, trace::sources(record)), of(record.macs),
                        of(record.vector_elements), of(record.divides), of(record.read_bytes),
                        of(record.write_bytes)});
  }
}

pe::VectorWork StepMaker::work_of(const Part& part, std::uint64_t block, bool bank_conflict) const {
  const Record& record = part.record;
  const Amounts& amounts = amounts_[record.id];
  const auto amount = [&](const AmountTable& table) { return table.value(part.at, block); };
  const auto dense = [&](const AmountTable& table) {
    const std::uint64_t all = amount(table);
    if (record.density == 1.0) return all;
    return static_cast<std::uint64_t>(std::ceil(static_cast<double>(all) * record.density));
  };
  return {dense(amounts.macs),
          amount(amounts.vector_elements),
          amount(amounts.divides),
          dense(amounts.read_bytes),
          dense(amounts.write_bytes),
          arithmetic_of(record.precision),
          bank_conflict};
}

std::uint64_t StepMaker::wavelets(const Record& record, core::Coordinate at, std::uint64_t block) const {
  return trace::wavelets_of(record, amounts_[record.id].elements.value(at, block));
}

ChainStep StepMaker::at(const Part& part, Flow flow, std::uint64_t index) {
  if (part.record.kind != Kind::compute) return chain_step(part.record, part.place.line, flow, index);
  ChainStep step;
  step.ordinal = index;
  return step;
}

std::optional<StepNotes> StepMaker::make(const Part& part, Flow flow, const ChainStep& chain,
                                         bool bank_conflict, pe::Step& step) const {
  step = {};
  step.tag = tags_[part.record.id];
  return part.record.kind == Kind::compute ? make_compute_step(part, chain.ordinal, bank_conflict, step)
                                           : make_chain_step(part, flow, chain, step);
}

StepShare StepMaker::share(const Part& part, std::uint32_t own_block) {
  StepShare share{part.record.id};
  if (own_block == kNoBlock) return share;
  share.tiles = tiles_at(part.place.line);
  share.turn = turn_of(part.record, part.place.line, own_block);
  share.alternates = part.record.root == trace::Root::alternating;
  return share;
}

std::uint64_t StepMaker::block_of(const Part& part, std::uint64_t ordinal) const {
  if (part.record.order_of == trace::kNoRecord) return ordinal;
  const Part gather = parts_.of(part.record.order_of, part.tile);
  return gathered_block(gather.record, gather.place.line, ordinal);
}

std::optional<StepNotes> StepMaker::make_chain_step(const Part& part, Flow flow, const ChainStep& chain,
                                                    pe::Step& step) const {
  const Record& record = part.record;
  const std::uint64_t block =
      record.order_of == trace::kNoRecord ? chain.block : block_of(part, chain.ordinal);
  StepNotes notes;
  core::Coordinate whose = part.at;
  if (record.kind == Kind::shift) {
    (record.axis == trace::Axis::x ? whose.x : whose.y) = static_cast<std::uint32_t>(chain.source);
  }
  step.iterations = wavelets(record, whose, block);
  if (step.iterations == 0) return std::nullopt;
  if (chain.own) notes.own_block = static_cast<std::uint32_t>(chain.block);
  const FlowWay& way = way_of(record.axis, flow);
  if (chain.receives) {
    step.input = way.input;
    notes.expected = step.iterations * chain.contributors;
  }
  if (chain.sends) {
    const ChainPlace& here = part.place.line;
    const bool at_root = record.root == trace::Root::first ? here.index == 0 : here.index + 1 == here.length;
    const bool drains = record.drains_to != trace::kNoRecord && at_root;
    step.output = drains ? QueueUse::out_results : way.output;
    step.addend = record.kind == Kind::reduce || !chain.receives ? 1 : 0;
  }
  return notes;
}

std::optional<StepNotes> StepMaker::make_compute_step(const Part& part, std::uint64_t index,
                                                      bool bank_conflict, pe::Step& step) const {
  const Record& record = part.record;
  const std::uint64_t block = block_of(part, index);
  pe::VectorWork work = work_of(part, block, bank_conflict);
  if (record.consumes == trace::kNoRecord) {
    const pe::VectorCost cost = pe::vector_cost(pe_, work);
    if (cost.cycles == 0) return std::nullopt;
    if (index == 0) step.delay = record.setup_cycles;
    step.cycles = cost.cycles + pe_.vector_overhead_cycles;
    step.work = bound_of(cost);
    step.bank_conflict = bank_conflict;
    return StepNotes{};
  }
  const Record& stream = parts_.records()[record.consumes];
  const core::Coordinate tile = parts_.place_of(part.tile);
  const core::Coordinate in_stream{tile.x - stream.area.x, tile.y - stream.area.y};
  const std::uint64_t taken = wavelets(stream, in_stream, block);
  if (taken == 0) return std::nullopt;
  const pe::VectorCost cost = pe::vector_cost(pe_, per_wavelet(work, taken));
  step.input = part.place.threads.up;
  step.iterations = taken;
  step.cycles = std::max<std::uint64_t>(cost.cycles, 1);
  if (trace::passes_on(stream, in_stream.x, in_stream.y)) {
    step.output = QueueUse::out_copies;
    step.cycles += kPassOnCycles;
  }
  step.work = bound_of(cost);
  step.bank_conflict = bank_conflict;
  return StepNotes{};
}

}  // namespace waferloom::wafer
