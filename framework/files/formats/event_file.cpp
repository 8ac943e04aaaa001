#include "framework/files/formats/event_file.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "framework/files/bytes.h"

namespace pare {
namespace {

// The fields of TensorFlow's messages that are used here.
namespace event {
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace summary {
constexpr int kValue = 1, kTag = 1, kSimpleValue = 2, kHistogram = 5;
}
namespace histogram {
constexpr int kMin = 1, kMax = 2, kCount = 3, kSum = 4, kSumOfSquares = 5, kBucketLimits = 6, kBuckets = 7;
}
constexpr int kSessionStatus = 1;
constexpr int64_t kSessionStart = 1;

constexpr int kHistogramBuckets = 30;

std::array<uint32_t, 256> crc32c_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78U : 0U);
    table[i] = crc;
  }
  return table;
}

}  // namespace

uint32_t masked_crc32c(std::span<const uint8_t> bytes) {
  static const std::array<uint32_t, 256> table = crc32c_table();
  uint32_t crc = 0xffffffffU;
  for (const uint8_t byte : bytes) crc = table[(crc ^ byte) & 255] ^ (crc >> 8);
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Event::Event(int64_t step, double wall_time) {
  head_.number(event::kWallTime, wall_time);
  head_.integer(event::kStep, step);
}

Event Event::restart(int64_t step, double wall_time) {
  Event event(step, wall_time);
  event.session_log_.integer(kSessionStatus, kSessionStart);
  return event;
}

Event& Event::scalar(std::string_view tag, double value) {
  ProtobufWriter item;
  item.text(summary::kTag, tag);
  item.number(summary::kSimpleValue, static_cast<float>(value));
  summary_.message(summary::kValue, item);
  return *this;
}

Event& Event::histogram(std::string_view tag, std::span<const double> values) {
  if (values.empty()) return *this;
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  const double width = (*max - *min) / kHistogramBuckets;
  std::vector<double> limits, counts(width > 0 ? kHistogramBuckets : 1, 0.0);
  for (size_t i = 1; i < counts.size(); ++i) limits.push_back(*min + width * static_cast<double>(i));
  limits.push_back(*max);
  double sum = 0, sum_of_squares = 0;
  for (const double value : values) {
    sum += value;
    sum_of_squares += value * value;
    // Buckets are (limit before, limit].
    ++counts[static_cast<size_t>(std::lower_bound(limits.begin(), limits.end() - 1, value) - limits.begin())];
  }
  ProtobufWriter histo, item;
  histo.number(histogram::kMin, *min);
  histo.number(histogram::kMax, *max);
  histo.number(histogram::kCount, static_cast<double>(values.size()));
  histo.number(histogram::kSum, sum);
  histo.number(histogram::kSumOfSquares, sum_of_squares);
  histo.numbers(histogram::kBucketLimits, limits);
  histo.numbers(histogram::kBuckets, counts);
  item.text(summary::kTag, tag);
  item.message(summary::kHistogram, histo);
  summary_.message(summary::kValue, item);
  return *this;
}

std::vector<uint8_t> Event::message() const {
  ProtobufWriter message = head_;
  if (!summary_.written().empty()) message.message(event::kSummary, summary_);
  if (!session_log_.written().empty()) message.message(event::kSessionLog, session_log_);
  return message.written();
}

EventFile::EventFile(const std::string& path) : file_(path, O_WRONLY | O_CREAT | O_APPEND) {
  if (file_.size() > 0) return;
  // TensorBoard wants every file to begin with its version; from 2 on it honours restarts.
  ProtobufWriter message;
  message.number(event::kWallTime, seconds_since_1970());
  message.text(event::kFileVersion, "brain.Event:2");
  append_record(message.written());
}

void EventFile::append(const Event& event) { append_record(event.message()); }

void EventFile::truncate(uint64_t size) {
  if (size < file_.size()) file_.truncate(size);
}

void EventFile::append_record(std::span<const uint8_t> message) {
  ByteWriter length, record;
  length.u64(message.size());
  record.put(length.bytes());
  record.u32(masked_crc32c(length.bytes()));
  record.put(message);
  record.u32(masked_crc32c(message));
  file_.write_whole(record.bytes());
}

}  // namespace pare
