// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/shared/border.hpp"

#include <cstring>
#include <type_traits>
#include <utility>

#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

using core::Cycle;

namespace {

constexpr std::uint8_t kCredit = 1;
constexpr std::uint8_t kControl = 2;
static_assert(std::is_trivially_copyable_v<BorderPost>);

}  // namespace

class Border::Beyond final : public fabric::EdgeLink {
 public:
  Beyond(std::size_t region, std::uint32_t depth, std::vector<BorderPost>& outbox)
      : region_(static_cast<std::uint32_t>(region)), depth_(depth), outbox_(outbox) {}

  void send(std::uint32_t tile, core::Direction input, const core::Wavelet& wavelet, Cycle arrival) override {
    put(tile, wavelet.data, input, wavelet.color, wavelet.control ? kControl : std::uint8_t{0}, arrival);
  }
  void return_credit(std::uint32_t tile, core::Direction output, core::Color color, Cycle cycle) override {
    put(tile, 0, output, color, kCredit, cycle + 1);
  }
  [[nodiscard]] std::uint32_t credits() const override { return depth_; }

 private:
  void put(std::uint32_t tile, std::uint32_t data, core::Direction port, core::Color color,
           std::uint8_t flags, Cycle cycle) {
    outbox_.push_back({region_, tile, data, port, color, flags, static_cast<std::uint8_t>(cycle)});
  }

  std::uint32_t region_;
  std::uint32_t depth_;
  std::vector<BorderPost>& outbox_;
};

Border::Border(const core::RegionGrid& grid, const ranks::Share& share, std::uint32_t depth)
    : ranks_(share.ranks), outboxes_(static_cast<std::size_t>(share.ranks.size())), beyond_(grid.size()) {
  const std::vector<ranks::Beyond> all = ranks::beyond(grid, share);
  neighbours_ = ranks::neighbours(all);
  for (const ranks::Beyond& each : all) {
    beyond_[each.region] =
        std::make_unique<Beyond>(each.region, depth, outboxes_[static_cast<std::size_t>(each.rank)]);
  }
}

Border::~Border() = default;

fabric::EdgeLink& Border::beyond(std::size_t region) { return *beyond_[region]; }

void Border::post() {
  for (const int rank : neighbours_) {
    std::vector<BorderPost>& outbox = outboxes_[static_cast<std::size_t>(rank)];
    ranks::Bytes message(outbox.size() * sizeof(BorderPost));
    if (!outbox.empty()) std::memcpy(message.data(), outbox.data(), message.size());
    posted_ += outbox.size();
    outbox.clear();
    ranks_.send(rank, std::move(message));
  }
}

void Border::take(Wafer& wafer, Cycle now) {
  for (const int rank : neighbours_) {
    const ranks::Bytes message = ranks_.receive(rank);
    for (std::size_t at = 0; at < message.size(); at += sizeof(BorderPost)) {
      BorderPost post;
      std::memcpy(&post, message.data() + at, sizeof post);
      const Cycle cycle = now + static_cast<std::uint8_t>(post.cycle - static_cast<std::uint8_t>(now));
      Region& region = wafer.region(post.region);
      if ((post.flags & kCredit) != 0) {
        region.return_credit(post.tile, post.port, post.color, cycle - 1);
      } else {
        region.send(post.tile, post.port, {post.data, post.color, (post.flags & kControl) != 0}, cycle);
      }
    }
  }
}

}  // namespace waferloom::wafer
