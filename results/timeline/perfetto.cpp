// SPDX-License-Identifier: Apache-2.0
#include "results/timeline/perfetto.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "core/input/protobuf.hpp"

namespace waferloom::results {

namespace {

// Field numbers of perfetto/protos/perfetto/trace/.
namespace trace_field {
constexpr std::uint32_t kPacket = 1;
}
namespace packet_field {
constexpr std::uint32_t kTimestamp = 8;
constexpr std::uint32_t kSequence = 10;
constexpr std::uint32_t kTrackEvent = 11;
constexpr std::uint32_t kSequenceFlags = 13;
constexpr std::uint32_t kTrackDescriptor = 60;
constexpr std::uint64_t kStateCleared = 1;
}  // namespace packet_field
namespace descriptor_field {
constexpr std::uint32_t kUuid = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kParent = 5;
constexpr std::uint32_t kCounter = 8;
constexpr std::uint32_t kChildOrdering = 11;
constexpr std::uint32_t kRank = 12;
constexpr std::uint64_t kExplicit = 3;
}  // namespace descriptor_field
namespace event_field {
constexpr std::uint32_t kAnnotation = 4;
constexpr std::uint32_t kType = 9;
constexpr std::uint32_t kTrack = 11;
constexpr std::uint32_t kName = 23;
constexpr std::uint32_t kDoubleValue = 44;
constexpr std::uint32_t kFlow = 47;
constexpr std::uint32_t kTerminatingFlow = 48;
constexpr std::uint64_t kBegin = 1;
constexpr std::uint64_t kEnd = 2;
constexpr std::uint64_t kCounterType = 4;
}  // namespace event_field
namespace annotation_field {
constexpr std::uint32_t kUnsigned = 3;
constexpr std::uint32_t kDouble = 5;
constexpr std::uint32_t kString = 6;
constexpr std::uint32_t kName = 10;
}  // namespace annotation_field

constexpr std::uint64_t kSequenceId = 1;
constexpr std::uint64_t kRootUuid = 1;
constexpr std::uint64_t kFirstTrackUuid = 2;

using Message = core::ProtobufMessage;

void annotate(Message& event, std::string_view name, std::uint64_t value) {
  Message annotation;
  annotation.text(annotation_field::kName, name);
  annotation.number(annotation_field::kUnsigned, value);
  event.message(event_field::kAnnotation, annotation);
}

void annotate(Message& event, std::string_view name, std::string_view value) {
  Message annotation;
  annotation.text(annotation_field::kName, name);
  annotation.text(annotation_field::kString, value);
  event.message(event_field::kAnnotation, annotation);
}

void annotate(Message& event, std::string_view name, double value) {
  Message annotation;
  annotation.text(annotation_field::kName, name);
  annotation.real(annotation_field::kDouble, value);
  event.message(event_field::kAnnotation, annotation);
}

Message begin_event(const Timeline::Slice& slice) {
  Message event;
  event.number(event_field::kType, event_field::kBegin);
  event.number(event_field::kTrack, kFirstTrackUuid + slice.track);
  const Timeline::Details& details = *slice.details;
  event.text(event_field::kName, details.name);
  if (details.record != trace::kNoRecord) {
    annotate(event, "record", std::uint64_t{details.record});
    annotate(event, "kind", details.kind);
  }
  annotate(event, "start_cycle", slice.start);
  annotate(event, "cycles", slice.end - slice.start);
  for (const auto& [name, value] : details.arguments) {
    std::visit([&, &key = name](const auto& known) { annotate(event, key, known); }, value);
  }
  for (const std::uint64_t flow : details.flows_out) event.fixed64(event_field::kFlow, flow);
  for (const std::uint64_t flow : details.flows_in) event.fixed64(event_field::kTerminatingFlow, flow);
  return event;
}

Message end_event(const Timeline::Slice& slice) {
  Message event;
  event.number(event_field::kType, event_field::kEnd);
  event.number(event_field::kTrack, kFirstTrackUuid + slice.track);
  return event;
}

Message counter_event(const Timeline::Value& value) {
  Message event;
  event.number(event_field::kType, event_field::kCounterType);
  event.number(event_field::kTrack, kFirstTrackUuid + value.track);
  event.real(event_field::kDoubleValue, value.value);
  return event;
}

class Writer {
 public:
  Writer(const Timeline& timeline, TextParts& text) : timeline_(timeline), text_(text) {}

  void write() {
    describe_root();
    for (std::size_t i = 0; i < timeline_.tracks.size(); ++i) describe_track(i);
    std::vector<Timed> events;
    // In the order of each track: of slices that touch, the earlier ends before the later begins.
    const auto& slices = timeline_.slices;
    for (std::size_t i = 0; i < slices.size(); ++i) {
      const std::uint64_t start = time(slices[i].start);
      const std::uint64_t end = time(slices[i].end);
      events.push_back({start, What::begin, start == end ? std::uint8_t{1} : std::uint8_t{2}, i});
      events.push_back({end, What::end, start == end ? std::uint8_t{1} : std::uint8_t{0}, i});
    }
    for (std::size_t i = 0; i < timeline_.values.size(); ++i)
      events.push_back({time(timeline_.values[i].at), What::value, 3, i});
    std::stable_sort(events.begin(), events.end(), [](const Timed& a, const Timed& b) {
      return a.at != b.at ? a.at < b.at : a.rank < b.rank;
    });
    for (const Timed& event : events) {
      Message packet;
      packet.number(packet_field::kTimestamp, event.at);
      packet.message(packet_field::kTrackEvent, message_of(event));
      add(packet);
    }
    text_.flush();
  }

 private:
  enum class What : std::uint8_t { begin, end, value };
  /// Of millions, the messages are made as they are written.
  struct Timed {
    std::uint64_t at;
    What what;
    std::uint8_t rank;
    std::size_t index;  ///< of the slice or the value
  };

  [[nodiscard]] Message message_of(const Timed& event) const {
    if (event.what == What::value) return counter_event(timeline_.values[event.index]);
    const Timeline::Slice& slice = timeline_.slices[event.index];
    return event.what == What::begin ? begin_event(slice) : end_event(slice);
  }

  [[nodiscard]] std::uint64_t time(core::Cycle cycle) const {
    return static_cast<std::uint64_t>(std::llround(timeline_.nanoseconds(cycle)));
  }

  void add(Message& packet) {
    packet.number(packet_field::kSequence, kSequenceId);
    if (first_) packet.number(packet_field::kSequenceFlags, packet_field::kStateCleared);
    first_ = false;
    Message out;
    out.message(trace_field::kPacket, packet);
    text_.put(out.take());
  }

  void describe(const Message& descriptor) {
    Message packet;
    packet.message(packet_field::kTrackDescriptor, descriptor);
    add(packet);
  }

  // A group of its own, not a process: the viewer orders tracks below a process as it likes.
  void describe_root() {
    Message descriptor;
    descriptor.number(descriptor_field::kUuid, kRootUuid);
    descriptor.text(descriptor_field::kName, timeline_.title);
    descriptor.number(descriptor_field::kChildOrdering, descriptor_field::kExplicit);
    describe(descriptor);
  }

  void describe_track(std::size_t index) {
    const Timeline::Track& track = timeline_.tracks[index];
    Message descriptor;
    descriptor.number(descriptor_field::kUuid, kFirstTrackUuid + index);
    descriptor.text(descriptor_field::kName, track.name);
    descriptor.number(descriptor_field::kParent,
                      track.parent == Timeline::kNoTrack ? kRootUuid : kFirstTrackUuid + track.parent);
    if (track.counter) descriptor.message(descriptor_field::kCounter, Message());
    descriptor.number(descriptor_field::kChildOrdering, descriptor_field::kExplicit);
    descriptor.number(descriptor_field::kRank, index);
    describe(descriptor);
  }

  const Timeline& timeline_;
  TextParts& text_;
  bool first_ = true;
};

}  // namespace

void perfetto_trace(const Timeline& timeline, TextParts& text) { Writer(timeline, text).write(); }

}  // namespace waferloom::results
