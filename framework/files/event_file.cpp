#include "framework/files/event_file.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "framework/files/bytes.h"

namespace pare {
namespace {

// --- protobuf's wire format: a field is a varint key (number * 8 + kind) and its value
// ---------------------------
enum Kind : uint64_t { Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5 };

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 128; value >>= 7) out += static_cast<char>(value | 128);
  out += static_cast<char>(value);
}

void put_key(std::string& out, uint64_t field, Kind kind) { put_varint(out, field * 8 + kind); }

template <class T>
void put_raw(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_integer(std::string& out, uint64_t field, int64_t value) {
  put_key(out, field, Varint);
  put_varint(out, static_cast<uint64_t>(value));
}

void put_double(std::string& out, uint64_t field, double value) {
  put_key(out, field, Fixed64);
  put_raw(out, value);
}

void put_text(std::string& out, uint64_t field, std::string_view text) {
  put_key(out, field, LengthDelimited);
  put_varint(out, text.size());
  out += text;
}

void put_doubles(std::string& out, uint64_t field, std::span<const double> values) {
  put_text(out, field, {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

// --- the fields of TensorFlow's messages that are used here
// ------------------------------------------------------
namespace event {
constexpr uint64_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace summary {
constexpr uint64_t kValue = 1, kTag = 1, kSimpleValue = 2, kHistogram = 5;
}
namespace histogram {
constexpr uint64_t kMin = 1, kMax = 2, kCount = 3, kSum = 4, kSumOfSquares = 5, kBucketLimits = 6,
                   kBuckets = 7;
}
constexpr uint64_t kSessionStatus = 1;
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

Event::Event(int64_t step, double wall_time) {
  put_double(head_, event::kWallTime, wall_time);
  put_integer(head_, event::kStep, step);
}

Event Event::restart(int64_t step, double wall_time) {
  Event event(step, wall_time);
  put_integer(event.session_log_, kSessionStatus, kSessionStart);
  return event;
}

Event& Event::scalar(std::string_view tag, double value) {
  std::string item;
  put_text(item, summary::kTag, tag);
  put_key(item, summary::kSimpleValue, Fixed32);
  put_raw(item, static_cast<float>(value));
  put_text(summary_, summary::kValue, item);
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
  std::string histo, item;
  put_double(histo, histogram::kMin, *min);
  put_double(histo, histogram::kMax, *max);
  put_double(histo, histogram::kCount, static_cast<double>(values.size()));
  put_double(histo, histogram::kSum, sum);
  put_double(histo, histogram::kSumOfSquares, sum_of_squares);
  put_doubles(histo, histogram::kBucketLimits, limits);
  put_doubles(histo, histogram::kBuckets, counts);
  put_text(item, summary::kTag, tag);
  put_text(item, summary::kHistogram, histo);
  put_text(summary_, summary::kValue, item);
  return *this;
}

std::string Event::message() const {
  std::string message = head_;
  if (!summary_.empty()) put_text(message, event::kSummary, summary_);
  if (!session_log_.empty()) put_text(message, event::kSessionLog, session_log_);
  return message;
}

EventFile::EventFile(const std::string& path) : file_(path, O_WRONLY | O_CREAT | O_APPEND) {
  if (file_.size() > 0) return;
  // TensorBoard wants every file to begin with its version; from 2 on it honours restarts.
  std::string message;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  put_double(message, event::kWallTime, std::chrono::duration<double>(now).count());
  put_text(message, event::kFileVersion, "brain.Event:2");
  append_record(message);
}

void EventFile::append(const Event& event) { append_record(event.message()); }

void EventFile::append_record(std::string_view message) {
  ByteWriter length, record;
  length.u64(message.size());
  record.put(length.bytes());
  record.u32(masked_crc32c(length.bytes()));
  record.put_text(message);
  record.u32(masked_crc32c(bytes_of(message)));
  file_.write_whole(record.bytes());
}

}  // namespace pare
