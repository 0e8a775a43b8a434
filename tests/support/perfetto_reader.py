# SPDX-License-Identifier: Apache-2.0
"""Reads a Perfetto trace from the protobuf wire format alone, by the published field numbers."""
import struct

# protos/perfetto/trace/: trace.proto, trace_packet.proto, track_event/*.proto
PACKET = 1
TIMESTAMP, SEQUENCE, EVENT, DESCRIPTOR = 8, 10, 11, 60
UUID, NAME, PARENT, COUNTER = 1, 2, 5, 8
ANNOTATION, TYPE, TRACK, EVENT_NAME, DOUBLE_VALUE, FLOW, TERMINATING_FLOW = 4, 9, 11, 23, 44, 47, 48
BEGIN, END, COUNTER_VALUE = 1, 2, 4
ANNOTATION_UINT, ANNOTATION_DOUBLE, ANNOTATION_STRING, ANNOTATION_NAME = 3, 5, 6, 10


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """{field number: [values]}; a value is a number, or the bytes of a text or message."""
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 1:
            value, at = struct.unpack_from("<Q", data, at)[0], at + 8
        elif wire == 2:
            size, at = varint(data, at)
            value, at = bytes(data[at:at + size]), at + size
            if len(value) != size:
                raise ValueError("a field ends beyond its message")
        else:
            raise ValueError(f"wire type {wire}")
        found.setdefault(number, []).append(value)
    return found


class Trace:
    """tracks: {uuid: (name, parent's uuid)}; slices and values as dictionaries, in the order of the file."""

    def __init__(self, path):
        self.tracks, self.counters, self.slices, self.values = {}, set(), [], []
        open_slices, last = {}, 0
        top = fields(path.read_bytes())
        if set(top) != {PACKET}:
            raise ValueError(f"fields {sorted(top)}")
        for packet in map(fields, top[PACKET]):
            if packet[SEQUENCE] != [1]:
                raise ValueError("a packet without its sequence")
            if DESCRIPTOR in packet:
                self.describe(fields(packet[DESCRIPTOR][0]))
                continue
            at, event = packet[TIMESTAMP][0], fields(packet[EVENT][0])
            if at < last:
                raise ValueError("time goes back")
            last = at
            track = event[TRACK][0]
            if track not in self.tracks:
                raise ValueError("an event on no track")
            stack = open_slices.setdefault(track, [])
            if event[TYPE] == [BEGIN]:
                stack.append(self.begin(track, at, event, len(stack)))
            elif event[TYPE] == [END]:
                stack.pop()["end"] = at
            else:
                assert event[TYPE] == [COUNTER_VALUE] and track in self.counters
                value = struct.unpack("<d", struct.pack("<Q", event[DOUBLE_VALUE][0]))[0]
                self.values.append({"track": track, "at": at, "value": value})
        if any(open_slices.values()):
            raise ValueError("a slice without an end")

    def describe(self, descriptor):
        uuid = descriptor[UUID][0]
        if uuid in self.tracks:
            raise ValueError("a track twice")
        parent = descriptor[PARENT][0] if PARENT in descriptor else None
        if parent not in self.tracks and (parent is not None or self.tracks):
            raise ValueError("a track before its parent, or a second root")
        self.tracks[uuid] = (descriptor[NAME][0].decode(), parent)
        if COUNTER in descriptor:
            self.counters.add(uuid)

    def begin(self, track, at, event, depth):
        arguments = {}
        for annotation in map(fields, event.get(ANNOTATION, [])):
            if ANNOTATION_DOUBLE in annotation:
                value = struct.unpack("<d", struct.pack("<Q", annotation[ANNOTATION_DOUBLE][0]))[0]
            else:
                value = annotation.get(ANNOTATION_UINT, annotation.get(ANNOTATION_STRING))[0]
            arguments[annotation[ANNOTATION_NAME][0].decode()] = value.decode() if isinstance(value, bytes) else value
        self.slices.append({"track": track, "start": at, "depth": depth, "name": event[EVENT_NAME][0].decode(),
                            "arguments": arguments, "out": event.get(FLOW, []), "in": event.get(TERMINATING_FLOW, [])})
        return self.slices[-1]

    def path(self, track):
        """Names from the root down."""
        names = []
        while track is not None:
            name, track = self.tracks[track]
            names.append(name)
        return tuple(reversed(names))
