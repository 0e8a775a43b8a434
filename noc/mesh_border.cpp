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
    : ranks_(share.ranks), outboxes_(static_cast<std::size_t>(share.ranks.size())), beyond_(grid.size()) {
  const std::vector<ranks::Beyond> all = ranks::beyond(grid, share);
  neighbours_ = ranks::neighbours(all);
  for (const ranks::Beyond& each : all) {
    beyond_[each.region] =
        std::make_unique<Beyond>(each.region, outboxes_[static_cast<std::size_t>(each.rank)]);
  }
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
