// SPDX-License-Identifier: Apache-2.0
#include "noc/mesh_border.hpp"

#include "noc/mesh.hpp"

namespace waferloom::noc {

class MeshBorder::Beyond final : public MeshEdge {
 public:
  Beyond(std::size_t region, ranks::Packer& outbox) : region_(region), outbox_(outbox) {}

  void post(core::Direction edge, const EdgeBox& box) override {
    outbox_.put(region_);
    outbox_.put(edge);
    outbox_.put_all(box.flits);
    outbox_.put_all(box.credits);
  }

 private:
  std::size_t region_;
  ranks::Packer& outbox_;
};

MeshBorder::MeshBorder(const core::RegionGrid& grid, const ranks::Share& share)
    : ranks_(share.ranks),
      neighbours_(ranks::neighbours(grid, share)),
      outboxes_(static_cast<std::size_t>(share.ranks.size())),
      beyond_(grid.size()) {
  grid.for_each_link([&](std::size_t region, core::Direction, std::size_t there) {
    if (!share.has(region) || share.has(there) || beyond_[there]) return;
    const auto rank = static_cast<std::size_t>(share.partition.owner[there]);
    beyond_[there] = std::make_unique<Beyond>(there, outboxes_[rank]);
  });
}

MeshBorder::~MeshBorder() = default;

void MeshBorder::exchange(const std::function<void(std::size_t, core::Direction, const EdgeBox&)>& deliver) {
  for (const int rank : neighbours_) ranks_.send(rank, outboxes_[static_cast<std::size_t>(rank)].take());
  EdgeBox box;
  for (const int rank : neighbours_) {
    const ranks::Bytes message = ranks_.receive(rank);
    for (ranks::Unpacker from(message); !from.empty();) {
      const auto region = from.get<std::size_t>();
      const auto edge = from.get<core::Direction>();
      box.flits = from.get_all<EdgeFlit>();
      box.credits = from.get_all<EdgeCredit>();
      deliver(region, edge, box);
    }
  }
}

}  // namespace waferloom::noc
