// SPDX-License-Identifier: Apache-2.0
// The off-wafer I/O interface: all channels of the edges in use, and the TLM-2.0 socket on the host's side,
// to which any memory model can be bound.
//
// Timing contract: a read enters the channel's buffer when the host's answer (the transaction's annotated
// delay) and the link's latency have passed; requests follow one another without waiting for answers as long
// as the buffer has room. A write is sent once a transaction's worth of wavelets has left the wafer, or when
// the schedule asks; writes too follow one another without waiting for answers.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "fabric/io_channel.hpp"
#include "fabric/parameters.hpp"

namespace waferloom::fabric {

struct HostRead {
  std::uint64_t address = 0;  ///< bytes
  std::uint32_t words = 0;    ///< 32-bit words, one wavelet each
  core::Color color = 0;
};

/// Decides what enters the wafer and is told what left it.
class HostSchedule {
 public:
  virtual ~HostSchedule() = default;
  /// The next read of an input channel; false: none for now (see IoInterface::poke).
  virtual bool next_read(std::uint32_t channel, HostRead& read) = 0;
  /// Data that a read brought, before it enters the wafer.
  virtual void fetched(std::uint32_t channel, const HostRead& read,
                       const std::vector<std::uint32_t>& words) = 0;
  /// A wavelet of what was read enters the wafer.
  virtual void entered(std::uint32_t channel, core::Color color, core::Cycle cycle) {
    static_cast<void>(channel), static_cast<void>(color), static_cast<void>(cycle);
  }
  /// A wavelet has left the wafer through an output channel; true: send what has gathered to the host now.
  virtual bool received(std::uint32_t channel, core::Color color, std::uint32_t data, core::Cycle cycle) = 0;
  /// The host has taken `words` from an output channel, at the current time.
  virtual void written(std::uint32_t channel, std::uint32_t words) = 0;
};

class IoInterface : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<IoInterface> host;

  /// `period`: of the wafer's clock. Channels are created for both edges, none active before its first use.
  IoInterface(const sc_core::sc_module_name& name, const IoParameters& io, const FabricParameters& fabric,
              sc_core::sc_time period, double clock_hz);

  void set_schedule(HostSchedule& schedule) { schedule_ = &schedule; }
  [[nodiscard]] std::uint32_t channels() const { return static_cast<std::uint32_t>(inputs_.size()); }
  [[nodiscard]] IoChannel& input(std::uint32_t channel) { return *inputs_[channel]; }
  [[nodiscard]] IoChannel& output(std::uint32_t channel) { return *outputs_[channel]; }

  /// Called with what a channel's process threw; the process ends.
  void on_error(std::function<void(std::exception_ptr)> callback) { on_error_ = std::move(callback); }
  /// Starts the processes of a channel; before simulation starts.
  void use_input(std::uint32_t channel);
  void use_output(std::uint32_t channel);
  /// Whether something is on its way that needs nothing but time: through a channel, to the host or back.
  [[nodiscard]] bool at_work(core::Cycle cycle) const;
  /// The schedule may have a read for this channel again.
  void poke(std::uint32_t channel) { wake(*inputs_state_[channel]); }

  /// What a checkpoint keeps of the transactions of all channels, when no process has anything to do at the present time.
  /// Where it is read, no channel is in use yet.
  void archive(core::State& state);

 private:
  struct Waking {
    sc_core::sc_event changed;
    bool due = false;  ///< its process is to look again
  };
  struct InputState : Waking {
    std::optional<HostRead> read;  ///< that waits for room in the channel
    bool waits = false;            ///< as a checkpoint has it: its process begins where it waits for a change
  };
  struct Answer {
    std::uint32_t words;
    sc_core::sc_time time;
  };
  struct OutputState : Waking {
    sc_core::sc_event answered;
    std::deque<Answer> answers;  ///< writes on their way, in order
    std::vector<std::uint32_t> gathering;
    std::vector<std::vector<std::uint32_t>> ready;
  };
  /// As a checkpoint has them, for channels that are not in use yet.
  struct Kept {
    std::optional<HostRead> read;
    std::vector<std::uint32_t> gathering;
    std::deque<Answer> answers;

    void archive(core::State& state);
  };

  /// The process that waits for it runs in the next delta cycle. All that are due then run by channel, the last
  /// first, whatever the order in which regions had something for them.
  void wake(Waking& state) {
    state.due = true;
    wake_.notify(sc_core::SC_ZERO_TIME);
  }
  void wake_all();
  void spawn(const std::string& name, std::function<void()> loop);
  void read_loop(std::uint32_t channel);
  void write_loop(std::uint32_t channel);
  void answer_loop(std::uint32_t channel);
  /// One blocking transaction; false when the host reported an error, which ends the simulation.
  [[nodiscard]] bool transport(tlm::tlm_command command, std::uint64_t address,
                               std::vector<std::uint32_t>& words, sc_core::sc_time& delay);

  IoParameters io_;
  sc_core::sc_time period_;
  sc_core::sc_time latency_;
  std::uint32_t transaction_words_;
  HostSchedule* schedule_ = nullptr;
  std::function<void(std::exception_ptr)> on_error_;
  std::vector<std::unique_ptr<IoChannel>> channels_;
  std::vector<IoChannel*> inputs_;
  std::vector<IoChannel*> outputs_;  ///< the same as inputs_ where both directions share an edge
  std::vector<std::unique_ptr<InputState>> inputs_state_;
  std::vector<std::unique_ptr<OutputState>> outputs_state_;
  std::uint64_t write_address_;
  std::uint32_t transactions_ = 0;  ///< with the host, or back from it
  std::vector<Kept> kept_;          ///< by channel; empty: none was read
  sc_core::sc_event wake_;
};

}  // namespace waferloom::fabric
