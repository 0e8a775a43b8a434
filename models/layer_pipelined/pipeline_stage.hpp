// SPDX-License-Identifier: Apache-2.0
// A stage of a pipeline of layers: its columns, its weights, and what it does with a micro-batch.
//
// Between stages an activation lies turned: features over rows, tokens over the stage's columns. Its owners send
// it along the rows to the column next to the neighbour, from where it runs on to all columns of the
// neighbour's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/sram_check.hpp"
#include "models/step_builder.hpp"

namespace waferloom::models {

/// An activation or gradient that waits in the column next to the stage that takes it.
struct Handover {
  std::uint32_t record = trace::kNoRecord;  ///< that brings it there
  std::uint32_t blocks = 0;
};

class PipelineStage {
 public:
  /// `columns` from `first_column` on. `request` is the whole step's.
  PipelineStage(const LoweringRequest& request, std::uint32_t first_column, std::uint32_t columns,
                const RecordSink& sink);
  PipelineStage(const PipelineStage&) = delete;
  PipelineStage& operator=(const PipelineStage&) = delete;
  virtual ~PipelineStage() = default;

  [[nodiscard]] StepBuilder& builder() { return builder_; }
  [[nodiscard]] const SramCheck& sram() const { return sram_; }

  /// Takes what the stage before (or, backwards, behind) has handed over; nothing where there is none.
  void receive(const Handover& from, std::uint32_t micro_batch, bool backward);
  /// The pass of the micro-batch received last, and its result handed over.
  Handover forward(std::uint32_t micro_batch);
  Handover backward(std::uint32_t micro_batch);
  /// All of the stage's weights, after the last backward pass.
  void update();

 protected:
  /// Weights that stay: `inputs` of the matrix lie over rows where its input lies turned.
  struct Resident {
    std::string name;
    std::uint64_t inputs = 0;
    std::uint64_t outputs = 0;
    Layout input = Layout::turned;
  };

  /// Tensors at the stage's ends; empty where nothing comes or goes.
  struct Ends {
    std::string input;
    std::string input_gradient;
    std::string output;
    std::string output_gradient;
  };

  virtual void pass_forward() = 0;
  virtual void pass_backward() = 0;

  /// Called by the constructors of stages.
  void set_ends(Ends ends) { ends_ = std::move(ends); }
  void add_resident(Resident matrix) { residents_.push_back(std::move(matrix)); }
  /// Biases and norms: `features` of them in all.
  void set_vectors(std::uint64_t features) { vector_features_ = features; }
  void set_place(std::uint32_t layer) { layer_ = layer; }
  /// Holds the weights from the stage's first record on.
  void hold_residents(trace::Record& record);
  /// A chain along the rows that carries all hidden features of all tokens, upright, in so many blocks.
  [[nodiscard]] trace::Record row_chain(trace::Kind kind, const std::string& what, trace::Root root,
                                        std::uint32_t blocks);
  [[nodiscard]] std::uint32_t row_blocks() const;

 private:
  void begin(std::uint32_t micro_batch, trace::Phase phase, const std::string& operation);
  Handover hand_over(const std::string& tensor, trace::Root end);

  LoweringRequest request_;
  SramCheck sram_;
  RecordSink checked_;
  StepBuilder builder_;
  Ends ends_;
  std::vector<Resident> residents_;
  std::uint64_t vector_features_ = 0;
  std::uint32_t layer_ = trace::kNoLayer;
  bool holds_residents_ = false;
};

/// The first stage: token (and position) embeddings, looked up where their rows lie.
[[nodiscard]] std::unique_ptr<PipelineStage> make_embedding_stage(const LoweringRequest& request,
                                                                  std::uint32_t first_column,
                                                                  std::uint32_t columns,
                                                                  const RecordSink& sink);
[[nodiscard]] std::unique_ptr<PipelineStage> make_layer_stage(const LoweringRequest& request,
                                                              std::uint32_t layer, std::uint32_t first_column,
                                                              std::uint32_t columns, const RecordSink& sink);
/// The last stage: final norm, head and loss.
[[nodiscard]] std::unique_ptr<PipelineStage> make_loss_stage(const LoweringRequest& request,
                                                             std::uint32_t first_column,
                                                             std::uint32_t columns, const RecordSink& sink);

}  // namespace waferloom::models
