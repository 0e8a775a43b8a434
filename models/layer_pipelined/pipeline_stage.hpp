// SPDX-License-Identifier: Apache-2.0
// A stage of a pipeline of layers: its place, its weights, and what it does with a micro-batch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "models/layer_pipelined/handover.hpp"
#include "models/sram_check.hpp"
#include "models/step_builder.hpp"

namespace waferloom::models {

/// A stage's place on the rectangle, and those of the stages before and behind it; empty where there is none.
struct StagePlace {
  core::Rectangle here;
  core::Rectangle before;
  core::Rectangle behind;
};

class PipelineStage {
 public:
  /// `request` is the whole step's.
  PipelineStage(const LoweringRequest& request, const StagePlace& place, const RecordSink& sink);
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
  [[nodiscard]] const core::Rectangle& place() const { return place_.here; }
  /// A tied table of embeddings lies at both ends of the pipeline: the gradient of the one here goes to the other,
  /// and that of the other is added.
  [[nodiscard]] Handover send_table(const core::Rectangle& to);
  void add_table(const core::Rectangle& from, const Handover& handover);
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

 private:
  void begin(std::uint32_t micro_batch, trace::Phase phase, const std::string& operation);
  [[nodiscard]] Cargo activation(const std::string& tensor) const;
  [[nodiscard]] Cargo table_gradient() const;
  Handover hand_over(const std::string& tensor, const core::Rectangle& to);

  LoweringRequest request_;
  StagePlace place_;
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
                                                                  const StagePlace& place,
                                                                  const RecordSink& sink);
[[nodiscard]] std::unique_ptr<PipelineStage> make_layer_stage(const LoweringRequest& request,
                                                              std::uint32_t layer, const StagePlace& place,
                                                              const RecordSink& sink);
/// The last stage: final norm, head and loss.
[[nodiscard]] std::unique_ptr<PipelineStage> make_loss_stage(const LoweringRequest& request,
                                                             const StagePlace& place, const RecordSink& sink);

}  // namespace waferloom::models
