// A source: records of a file, read when a batch wants them, so that the file may be larger than memory.
#include <doctest/doctest.h>

#include <fstream>

#include "framework/config/config.h"
#include "framework/data/batches/batches.h"
#include "framework/data/sources/data_file.h"
#include "framework/data/sources/source_config.h"
#include "framework/data/split.h"
#include "framework/files/bytes.h"
#include "framework/files/file.h"
#include "tests/support/data_fixtures.h"

namespace pare {
namespace {

// One record: 16 bytes of a sensor, one moment after the other, and a byte that is its class.
class Records : public Source {
 public:
  // Throws Failure::Data naming the file when it is no whole number of records.
  explicit Records(std::string path) : path_(std::move(path)), bytes_(file_size(path_)) {
    require(bytes_ % kRecord == 0, Failure::Data, path_, ": ", bytes_, " bytes are no whole number of ",
            kRecord, "-byte records; the file was cut off");
  }

  InputShape input() const override { return {16, 1, 1, Element::U8}; }
  int count() const override { return static_cast<int>(bytes_ / kRecord); }
  const std::byte* read(int index, std::vector<std::byte>& buffer) const override {
    buffer.resize(16);
    read_at(index, 0, buffer);
    return buffer.data();
  }
  int32_t label(int index) const override {
    std::byte label{};
    read_at(index, 16, std::span(&label, 1));
    return std::to_integer<int32_t>(label);
  }
  // By it --resume tells whether these are still the same examples.
  uint32_t fingerprint() const override { return crc32_of(read_file(path_, bytes_)); }

 private:
  static constexpr uint64_t kRecord = 17;

  // Batches are made on another thread than the one that trains: each call opens its own stream.
  void read_at(int index, uint64_t offset, std::span<std::byte> to) const {
    std::ifstream file(path_, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(static_cast<uint64_t>(index) * kRecord + offset));
    file.read(reinterpret_cast<char*>(to.data()), std::ssize(to));
    require(file.good(), Failure::Data, path_, ": record ", index, " cannot be read");
  }

  std::string path_;
  uint64_t bytes_;
};

// How a config names it: {"kind": "records", "path": "FILE", "test": "FILE"}.
struct RecordsConfig : SourceConfig {
  std::string path, test;

  void describe(Fields& fields) override {
    fields.text("path", path, "the records to train on", Need::Required);
    fields.text("test", test, "the records to test on", Need::Required);
  }
  Dataset load(const std::string& data_directory) const override {
    const auto train = std::make_shared<Records>(find_data_file(path, data_directory));
    const Spec spec{"records", {"still", "walks", "falls"}, {}, train->input()};
    return {spec, train, std::make_shared<Records>(find_data_file(test, data_directory))};
  }
  bool recognise(const std::string&) override { return false; }  // a lone file says nothing of a test file
};

// (A source of Pare's own has its row in framework/data/sources/source_table.cpp.)
const Table<SourceConfig> kTable{"source", "kind", {RowOf<RecordsConfig>{"records", "17 bytes an example"}}};

struct Config : Described {
  Variant<SourceConfig> source;
  void describe(Fields& fields) override { fields.variant("source", source, kTable, "the data"); }
};

TEST_CASE("example: a source's records become batches, and a file that was cut off is refused") {
  const TemporaryDirectory folder;
  Bytes bytes = noise(17 * 40);
  for (size_t i = 0; i < 40; ++i) bytes[17 * i + 16] = static_cast<uint8_t>(i % 3);
  folder.write("records", bytes);
  const Json json =
      parse_json(R"({"source": {"kind": "records", "path": "records", "test": "records"}})", "test");
  const Dataset data = read_config<Config>(json, "test").source->load(folder.path());
  const Source& records = *data.train;
  const Normalisation n = measure(records, all_indices(40));
  const Batch batch = Batches::in_order(records, {5, 6}, n, 2).get(0);
  CHECK(batch.inputs.shape() == Shape{2, 16, 1, 1});
  CHECK(batch.classes == std::vector<int32_t>{2, 0});
  bytes.pop_back();
  CHECK(contains(failure_of(Failure::Data, [&] { Records(folder.write("cut", bytes)); }), "cut off"));
}

}  // namespace
}  // namespace pare
