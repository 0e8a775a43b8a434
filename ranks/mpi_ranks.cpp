// SPDX-License-Identifier: Apache-2.0
// Ranks of an MPI job: the module waferloom-mpi.so, which ranks/mpi_job.cpp loads.
#include <mpi.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <exception>
#include <thread>
#include <utility>

#include "ranks/mpi_module.hpp"

namespace waferloom::ranks {

namespace {

constexpr int kTag = 1;
/// A message goes in parts of at most so many bytes: MPI counts in int.
constexpr std::size_t kMostBytes = std::size_t{1} << 28U;

/// Half a millisecond or so.
constexpr unsigned kSpins = 5000;
constexpr std::chrono::microseconds kSleep{10};

class MpiRanks final : public Ranks {
 public:
  MpiRanks(int rank, int size)
      : Ranks(rank, size),
        spins_(has_cores_for_all() ? kSpins : 0),
        exceptions_(std::uncaught_exceptions()) {}
  ~MpiRanks() override {
    // The other ranks wait for this one: that it ends without a word to MPI makes mpirun end them.
    if (std::uncaught_exceptions() > exceptions_ && !have_agreed_to_end()) return;
    while (!under_way_.empty()) finish_first();
    MPI_Finalize();
  }

  void send(int to, Bytes message) override {
    while (!under_way_.empty() && is_first_done()) under_way_.pop_front();
    if (message.size() < kMostBytes) return post(to, std::move(message));
    // A part that is full is followed by another, which may be empty.
    for (std::size_t begin = 0; begin <= message.size(); begin += kMostBytes) {
      const auto from = message.begin() + static_cast<std::ptrdiff_t>(begin);
      const std::size_t size = std::min(kMostBytes, message.size() - begin);
      post(to, Bytes(from, from + static_cast<std::ptrdiff_t>(size)));
    }
  }

  bool has_message(int from) override {
    int is_here = 0;
    MPI_Iprobe(from, kTag, MPI_COMM_WORLD, &is_here, MPI_STATUS_IGNORE);
    return is_here != 0;
  }

  Bytes receive(int from) override {
    Bytes message;
    for (std::size_t size = kMostBytes; size == kMostBytes;) {
      MPI_Message part = MPI_MESSAGE_NULL;
      MPI_Status status;
      await(from, part, status);
      int count = 0;
      MPI_Get_count(&status, MPI_BYTE, &count);
      size = static_cast<std::size_t>(count);
      message.resize(message.size() + size);
      MPI_Mrecv(message.data() + (message.size() - size), count, MPI_BYTE, &part, MPI_STATUS_IGNORE);
    }
    return message;
  }

 private:
  struct Sending {
    Bytes bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  void post(int to, Bytes bytes) {
    Sending& sending = under_way_.emplace_back();
    sending.bytes = std::move(bytes);
    MPI_Isend(sending.bytes.data(), static_cast<int>(sending.bytes.size()), MPI_BYTE, to, kTag,
              MPI_COMM_WORLD, &sending.request);
  }
  /// MPI's own waiting takes a core, which ranks that share one need for each other.
  void await(int from, MPI_Message& part, MPI_Status& status) const {
    for (unsigned tries = 0;; ++tries) {
      int is_here = 0;
      MPI_Improbe(from, kTag, MPI_COMM_WORLD, &is_here, &part, &status);
      if (is_here != 0) return;
      if (tries >= spins_) std::this_thread::sleep_for(kSleep);
    }
  }
  [[nodiscard]] static bool has_cores_for_all() {
    MPI_Comm machine = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    int ranks = 1;
    MPI_Comm_size(machine, &ranks);
    MPI_Comm_free(&machine);
    return ranks <= sysconf(_SC_NPROCESSORS_ONLN);
  }
  [[nodiscard]] bool is_first_done() {
    int done = 0;
    MPI_Test(&under_way_.front().request, &done, MPI_STATUS_IGNORE);
    return done != 0;
  }
  void finish_first() {
    MPI_Wait(&under_way_.front().request, MPI_STATUS_IGNORE);
    under_way_.pop_front();
  }

  std::deque<Sending> under_way_;  ///< in the order in which they were sent; addresses stay
  unsigned spins_;                 ///< looks for a message before it sleeps
  int exceptions_;
};

}  // namespace

}  // namespace waferloom::ranks

extern "C" const char* waferloom_mpi_version() { return WAFERLOOM_VERSION; }

extern "C" waferloom::ranks::Ranks* waferloom_mpi_join() {
  // Yielding, which Open MPI does where ranks share cores, gives a whole time slice away.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
  setenv("OMPI_MCA_mpi_yield_when_idle", "0", 0);
  MPI_Init(nullptr, nullptr);
  prctl(PR_SET_TIMERSLACK, 1);  // a short sleep is to be short
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return new waferloom::ranks::MpiRanks(rank,
                                        size);  // NOLINT(cppcoreguidelines-owning-memory): of who called
}
