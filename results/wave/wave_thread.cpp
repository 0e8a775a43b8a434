// SPDX-License-Identifier: Apache-2.0
#include "results/wave/wave_thread.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace waferloom::results {

namespace {

/// A change of a signal, or the time from which on changes are.
struct Event {
  std::uint64_t value = 0;  ///< or the time
  std::uint32_t signal = 0;
};
constexpr std::uint32_t kTime = 0xffffffff;
using Batch = std::vector<Event>;
constexpr std::size_t kBatchEvents = std::size_t{1} << 14U;  // 256 KiB: stays in a core's cache
constexpr std::size_t kMostWaiting = 16;

class OwnThread final : public wafer::WaveSink {
 public:
  explicit OwnThread(std::unique_ptr<wafer::WaveSink> sink) : sink_(std::move(sink)) {
    filling_.reserve(kBatchEvents);
  }
  ~OwnThread() override { stop(); }
  OwnThread(const OwnThread&) = delete;
  OwnThread& operator=(const OwnThread&) = delete;

  void declare(const std::string& name, std::uint32_t bits,
               std::span<const std::string_view> states) override {
    sink_->declare(name, bits, states);
  }
  void begin() override {
    sink_->begin();
    thread_ = std::thread([this] { work(); });
  }
  void at(std::uint64_t time_fs) override { add({time_fs, kTime}); }
  void change(std::size_t signal, std::uint64_t value) override {
    add({value, static_cast<std::uint32_t>(signal)});
  }
  void finish() override {
    hand_over();
    stop();
    if (error_) std::rethrow_exception(error_);
    sink_->finish();
  }

 private:
  void add(Event event) {
    filling_.push_back(event);
    if (filling_.size() == kBatchEvents) hand_over();
  }

  void hand_over() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < kMostWaiting; });
    if (error_) std::rethrow_exception(error_);
    waiting_.push_back(std::move(filling_));
    filling_ = Batch();
    if (!spare_.empty()) {
      filling_ = std::move(spare_.back());
      spare_.pop_back();
    }
    filling_.reserve(kBatchEvents);
    changed_.notify_all();
  }

  /// What was handed over is written, unless the sink has failed.
  void stop() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  void work() {
    for (;;) {
      Batch batch;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ends_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        batch = std::move(waiting_.front());
        waiting_.pop_front();
        changed_.notify_all();
      }
      std::exception_ptr error;
      try {
        write(batch);
      } catch (...) {
        error = std::current_exception();
      }
      batch.clear();
      const std::lock_guard lock(mutex_);
      spare_.push_back(std::move(batch));
      if (!error) continue;
      error_ = error;
      waiting_.clear();
      changed_.notify_all();
      return;
    }
  }

  void write(const Batch& batch) {
    for (const Event& event : batch) {
      if (event.signal == kTime) {
        sink_->at(event.value);
      } else {
        sink_->change(event.signal, event.value);
      }
    }
  }

  std::unique_ptr<wafer::WaveSink> sink_;
  std::thread thread_;
  Batch filling_;
  // Under the mutex:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> waiting_;
  std::vector<Batch> spare_;
  std::exception_ptr error_;
  bool ends_ = false;
};

}  // namespace

std::unique_ptr<wafer::WaveSink> in_own_thread(std::unique_ptr<wafer::WaveSink> sink) {
  return std::make_unique<OwnThread>(std::move(sink));
}

}  // namespace waferloom::results
