// SPDX-License-Identifier: Apache-2.0
// Ranks as processes of one machine, without MPI: forked, with a ring of shared memory for each pair of them. Who waits
// for a message looks for it for a while, then sleeps until somebody rings.
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "ranks/launch.hpp"

namespace waferloom::ranks {

namespace {

constexpr std::size_t kRingBytes = std::size_t{1} << 18U;
constexpr std::size_t kCacheLine = 64;
/// Looks for a message before sleeping, where each rank has a core: some ten microseconds.
constexpr unsigned kLooks = 20'000;

/// Bytes from one rank to another. Positions only grow; a place is a position modulo the ring's size.
struct Ring {
  alignas(kCacheLine) std::atomic<std::uint64_t> written;
  alignas(kCacheLine) std::atomic<std::uint64_t> read;
  alignas(kCacheLine) std::array<std::byte, kRingBytes> bytes;

  /// As much as there is room for.
  std::size_t put(const std::byte* from, std::size_t size) {
    const std::uint64_t begin = written.load(std::memory_order_relaxed);
    size = std::min<std::size_t>(size, kRingBytes - (begin - read.load(std::memory_order_acquire)));
    const std::size_t first = std::min(size, kRingBytes - begin % kRingBytes);
    std::memcpy(bytes.data() + begin % kRingBytes, from, first);
    std::memcpy(bytes.data(), from + first, size - first);
    written.store(begin + size, std::memory_order_release);
    return size;
  }
  /// As much as there is.
  std::size_t get(std::byte* to, std::size_t size) {
    const std::uint64_t begin = read.load(std::memory_order_relaxed);
    size = std::min<std::size_t>(size, written.load(std::memory_order_acquire) - begin);
    const std::size_t first = std::min(size, kRingBytes - begin % kRingBytes);
    std::memcpy(to, bytes.data() + begin % kRingBytes, first);
    std::memcpy(to + first, bytes.data(), size - first);
    read.store(begin + size, std::memory_order_release);
    return size;
  }
};

/// Rung by those who have put or taken something that its rank may wait for.
struct alignas(kCacheLine) Bell {
  std::atomic<std::uint32_t> rings;
  std::atomic<std::uint32_t> sleeps;

  void ring() {
    rings.fetch_add(1);
    if (sleeps.load() != 0) syscall(SYS_futex, &rings, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
  /// Until it is rung again after `seen`, or for a while.
  void sleep(std::uint32_t seen) {
    const timespec longest{0, 100'000'000};
    sleeps.store(1);
    syscall(SYS_futex, &rings, FUTEX_WAIT, seen, &longest, nullptr, 0);
    sleeps.store(0);
  }
};

/// Memory that processes forked later share.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t ranks) : ranks_(ranks) {
    bytes_ = sizeof(Bell) * ranks + sizeof(Ring) * ranks * ranks;
    memory_ =
        mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED)
      throw core::HostResourceError("--jobs: no memory for messages between processes");
  }
  ~SharedMemory() { munmap(memory_, bytes_); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // All-zero bytes are these objects as they begin.
  [[nodiscard]] Bell& bell(int rank) const { return static_cast<Bell*>(memory_)[rank]; }
  [[nodiscard]] Ring& ring(int from, int to) const {
    auto* const rings = reinterpret_cast<Ring*>(static_cast<std::byte*>(memory_) + sizeof(Bell) * ranks_);
    return rings[static_cast<std::size_t>(from) * ranks_ + static_cast<std::size_t>(to)];
  }

 private:
  std::size_t ranks_;
  std::size_t bytes_ = 0;
  void* memory_ = nullptr;
};

class LocalRanks final : public Ranks {
 public:
  LocalRanks(int rank, int size, std::shared_ptr<SharedMemory> memory, std::vector<pid_t> children)
      : Ranks(rank, size),
        memory_(std::move(memory)),
        children_(std::move(children)),
        waiting_(static_cast<std::size_t>(size)),
        looks_(size <= sysconf(_SC_NPROCESSORS_ONLN) ? kLooks : 1),
        exceptions_(std::uncaught_exceptions()) {}

  ~LocalRanks() override {
    const bool fails = std::uncaught_exceptions() > exceptions_ && !have_agreed_to_end();
    try {
      while (!fails && !flush()) sleep_until_rung(memory_->bell(rank()).rings.load());
    } catch (const core::Error&) {
      // A rank has died, which ends the others.
    }
    for (const pid_t child : children_) {
      if (child == 0) continue;
      if (fails) kill(child, SIGKILL);
      int status = 0;
      waitpid(child, &status, 0);
    }
  }

  void send(int to, Bytes message) override {
    std::deque<Bytes>& queue = waiting_[static_cast<std::size_t>(to)];
    const std::uint64_t size = message.size();
    Bytes head(sizeof size);
    std::memcpy(head.data(), &size, sizeof size);
    queue.push_back(std::move(head));
    if (size != 0) queue.push_back(std::move(message));
    static_cast<void>(flush(to));
  }

  bool has_message(int from) override {
    const Ring& ring = memory_->ring(from, rank());
    return ring.written.load() != ring.read.load();
  }

  Bytes receive(int from) override {
    std::uint64_t size = 0;
    take(from, reinterpret_cast<std::byte*>(&size), sizeof size);
    Bytes message(size);
    take(from, message.data(), size);
    return message;
  }

 private:
  /// False: some of it does not fit in the ring yet.
  [[nodiscard]] bool flush(int to) {
    std::deque<Bytes>& queue = waiting_[static_cast<std::size_t>(to)];
    bool put = false;
    while (!queue.empty()) {
      Bytes& first = queue.front();
      const std::size_t size = memory_->ring(rank(), to).put(first.data(), first.size());
      put = put || size != 0;
      if (size != first.size()) {
        first.erase(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(size));
        break;
      }
      queue.pop_front();
    }
    if (put) memory_->bell(to).ring();
    return queue.empty();
  }
  [[nodiscard]] bool flush() {
    bool all = true;
    for (int to = 0; to < size(); ++to) all = flush(to) && all;
    return all;
  }

  void take(int from, std::byte* to, std::size_t size) {
    Bell& bell = memory_->bell(rank());
    Ring& ring = memory_->ring(from, rank());
    for (unsigned looks = 0; size != 0;) {
      const std::uint32_t seen = bell.rings.load();
      const std::size_t got = ring.get(to, size);
      to += got;
      size -= got;
      if (got != 0) {
        // The sender may wait for room.
        if (size != 0) memory_->bell(from).ring();
        looks = 0;
      } else if (++looks >= looks_) {
        if (flush()) sleep_until_rung(seen);
      }
    }
    if (ring.written.load() - ring.read.load() > kRingBytes / 2) memory_->bell(from).ring();
  }

  void sleep_until_rung(std::uint32_t seen) {
    memory_->bell(rank()).sleep(seen);
    for (std::size_t i = 0; i < children_.size(); ++i) {
      int status = 0;
      if (children_[i] == 0 || waitpid(children_[i], &status, WNOHANG) != children_[i]) continue;
      children_[i] = 0;
      // One that has failed with the others knows of it from this one, which then waits no more.
      if (status == 0) continue;
      throw core::HostResourceError(
          fmt::format("--jobs: process {} of {} was ended by {} {}", i + 2, size(),
                      WIFSIGNALED(status) ? "signal" : "an error of its own, exit status",
                      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
    }
  }

  std::shared_ptr<SharedMemory> memory_;
  std::vector<pid_t> children_;             ///< of rank 0; 0: it has ended
  std::vector<std::deque<Bytes>> waiting_;  ///< for room, by rank
  unsigned looks_;
  int exceptions_;
};

}  // namespace

std::unique_ptr<Ranks> fork_ranks(int size) {
  const auto memory = std::make_shared<SharedMemory>(static_cast<std::size_t>(size));
  (void)std::fflush(nullptr);
  std::vector<pid_t> children;
  for (int rank = 1; rank < size; ++rank) {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      return std::make_unique<LocalRanks>(rank, size, memory, std::vector<pid_t>());
    }
    if (child < 0) {
      const int error = errno;
      for (const pid_t other : children) kill(other, SIGKILL);
      throw core::HostResourceError(fmt::format("--jobs: cannot start a process: {}",
                                                std::error_code(error, std::generic_category()).message()));
    }
    children.push_back(child);
  }
  return std::make_unique<LocalRanks>(0, size, memory, std::move(children));
}

}  // namespace waferloom::ranks
