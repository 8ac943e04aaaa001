// EventFile: the numbers of a run in TensorBoard's format, beside metrics.jsonl.
//
// A file is a chain of records (TFRecord: length, its checksum, bytes, their checksum), each an `Event`
// message in protobuf's wire format.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "framework/files/descriptor.h"
#include "framework/files/formats/protobuf.h"

namespace pare {

double seconds_since_1970();

// What is known after one step: any number of scalars and histograms under their tags.
class Event {
 public:
  // `wall_time` in seconds since 1970.
  Event(int64_t step, double wall_time);
  // Tells TensorBoard to forget what it saw from `step` on: a run was resumed there.
  static Event restart(int64_t step, double wall_time);

  Event& scalar(std::string_view tag, double value);
  Event& histogram(std::string_view tag, std::span<const double> values);  // nothing when there are no values

  std::vector<uint8_t> message() const;

 private:
  ProtobufWriter head_, summary_, session_log_;
};

class EventFile {
 public:
  explicit EventFile(const std::string& path);  // continues an existing file
  void append(const Event& event);
  uint64_t size() const { return file_.size(); }
  void sync() { file_.sync(); }
  // Forgets what lies behind the first `size` bytes: a record that a power cut left unfinished would hide all
  // that follow it.
  void truncate(uint64_t size);

 private:
  void append_record(std::span<const uint8_t> message);

  Descriptor file_;
};

// The checksum of TFRecord: CRC-32C (Castagnoli), rotated and shifted so that checksums of checksums stay
// good.
uint32_t masked_crc32c(std::span<const uint8_t> bytes);

}  // namespace pare
