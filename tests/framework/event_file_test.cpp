// TensorBoard's files, read back by a parser that shares nothing with the writer.
#include "framework/files/formats/event_file.h"

#include <doctest/doctest.h>
#include <unistd.h>
#include <cstring>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "framework/files/bytes.h"
#include "framework/files/file.h"
#include "tests/support/report_fixtures.h"
#include "train/metrics/tensorboard.h"

using namespace pare;

namespace {

// Bit by bit, as the definition says.
uint32_t crc32c_slowly(std::span<const uint8_t> bytes) {
  uint32_t crc = 0xffffffffU;
  for (const uint8_t byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const bool low = ((crc ^ (byte >> bit)) & 1) != 0;
      crc = (crc >> 1) ^ (low ? 0x82f63b78U : 0U);
    }
  return ~crc;
}

uint32_t masked(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

// A protobuf message as its fields: raw bytes by field number, varints as eight bytes.
using Message = std::multimap<int, std::string>;

uint64_t varint(ByteReader& in) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const uint8_t byte = in.u8();
    value |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

Message parse(std::string_view bytes) {
  Message message;
  ByteReader in(bytes_of(bytes), "message");
  while (in.remaining() > 0) {
    const uint64_t key = varint(in);
    std::string value;
    switch (key & 7) {
      case 0: {
        const uint64_t number = varint(in);
        value.assign(reinterpret_cast<const char*>(&number), sizeof number);
        break;
      }
      case 1:
        value = in.take_text(8);
        break;
      case 2:
        value = in.take_text(varint(in));
        break;
      case 5:
        value = in.take_text(4);
        break;
      default:
        FAIL("wire type ", key & 7);
    }
    message.emplace(static_cast<int>(key >> 3), value);
  }
  return message;
}

template <class T>
T as(const Message& message, int field) {
  REQUIRE(message.count(field) == 1);
  const std::string& bytes = message.find(field)->second;
  REQUIRE(bytes.size() == sizeof(T));
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::vector<double> doubles(const Message& message, int field) {
  REQUIRE(message.count(field) == 1);
  const std::string& bytes = message.find(field)->second;
  std::vector<double> values(bytes.size() / sizeof(double));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

// The messages of a file whose framing and checksums are right.
std::vector<Message> records(const std::string& path) {
  const std::vector<uint8_t> bytes = read_file(path, 1 << 20);
  ByteReader in(bytes, path);
  std::vector<Message> messages;
  while (in.remaining() > 0) {
    const std::span<const uint8_t> length_bytes = in.take(8);
    uint64_t length = 0;
    std::memcpy(&length, length_bytes.data(), sizeof length);
    CHECK(in.u32() == masked(crc32c_slowly(length_bytes)));
    const std::string_view body = in.take_text(length);
    CHECK(in.u32() == masked(crc32c_slowly(bytes_of(body))));
    messages.push_back(parse(body));
  }
  return messages;
}

// The Summary.Value of each tag of an event.
std::map<std::string, Message> values(const Message& event) {
  std::map<std::string, Message> by_tag;
  for (const auto& [field, bytes] : parse(event.find(5)->second)) {
    const Message value = parse(bytes);
    by_tag[value.find(1)->second] = value;
  }
  return by_tag;
}

class EventPath {
 public:
  ~EventPath() { std::filesystem::remove(path); }
  const std::string path = std::filesystem::temp_directory_path() / text("pare-events-", getpid());
};

}  // namespace

TEST_CASE("event file: the checksum is Castagnoli's, masked") {
  CHECK(crc32c_slowly(bytes_of("123456789")) == 0xe3069283U);  // the check value of its definition
  CHECK(masked_crc32c(bytes_of("123456789")) == masked(0xe3069283U));
  CHECK(masked_crc32c({}) == masked(0));
}

TEST_CASE("event file: scalars, and a file that goes on after a restart") {
  const EventPath file;
  EventFile(file.path).append(Event(300, 12.5).scalar("loss", 0.25).scalar("accuracy", 0.5));
  EventFile again(file.path);
  again.append(Event::restart(301, 13));
  again.append(Event(std::int64_t{1} << 40, 14).scalar("loss", -1));
  const std::vector<Message> events = records(file.path);
  REQUIRE(events.size() == 4);
  CHECK(events[0].find(3)->second == "brain.Event:2");  // once, and first
  CHECK(as<double>(events[1], 1) == 12.5);
  CHECK(as<int64_t>(events[1], 2) == 300);
  CHECK(as<float>(values(events[1])["loss"], 2) == 0.25F);
  CHECK(as<float>(values(events[1])["accuracy"], 2) == 0.5F);
  CHECK(as<int64_t>(parse(events[2].find(7)->second), 1) == 1);
  CHECK(as<int64_t>(events[2], 2) == 301);
  CHECK(as<int64_t>(events[3], 2) == std::int64_t{1} << 40);
}

TEST_CASE("event file: histograms count every value once") {
  const EventPath file;
  std::vector<double> spread;
  for (int i = 0; i <= 90; ++i) spread.push_back(0.1 * i);
  EventFile(file.path).append(Event(1, 0)
                                  .histogram("spread", spread)
                                  .histogram("same", std::vector<double>(5, 2.0))
                                  .histogram("none", {}));
  std::map<std::string, Message> found = values(records(file.path)[1]);
  CHECK(found.size() == 2);
  for (const auto& [tag, count] : {std::pair{"spread", 91.0}, std::pair{"same", 5.0}}) {
    const Message histogram = parse(found[tag].find(5)->second);
    const std::vector<double> limits = doubles(histogram, 6), counts = doubles(histogram, 7);
    REQUIRE(limits.size() == counts.size());
    CHECK(std::is_sorted(limits.begin(), limits.end()));
    double total = 0;
    for (const double c : counts) total += c;
    CHECK(total == count);
    CHECK(as<double>(histogram, 3) == count);
    CHECK(limits.back() == as<double>(histogram, 2));
  }
  const Message histogram = parse(found["spread"].find(5)->second);
  CHECK(as<double>(histogram, 1) == 0);
  CHECK(as<double>(histogram, 2) == doctest::Approx(9));
  CHECK(as<double>(histogram, 4) == doctest::Approx(409.5));
  for (const double c : doubles(histogram, 7)) CHECK(std::abs(c - 91.0 / 30) < 1.5);
}

TEST_CASE("event file: an epoch shows its numbers, and the bits of the living channels") {
  const EventPath file;
  EventFile(file.path).append(epoch_event(ExampleRun::metrics(2, 3), 99));
  const std::vector<Message> events = records(file.path);
  CHECK(as<int64_t>(events[1], 2) == 200);
  std::map<std::string, Message> found = values(events[1]);
  CHECK(found.count("step") == 0);
  CHECK(as<float>(found["live_channels"], 2) == 20);
  CHECK(as<float>(found["channels/0.conv2d"], 2) == 10);
  CHECK(as<float>(found["bits/0.conv2d"], 2) == 5.5F);
  CHECK(as<double>(parse(found["channel_bits/0.conv2d"].find(5)->second), 3) == 10);
}
