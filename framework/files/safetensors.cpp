#include "framework/files/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "framework/config/json.h"
#include "framework/files/bytes.h"
#include "framework/files/file.h"

namespace pare {
namespace {

constexpr std::string_view kMetadata = "__metadata__";
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the format's own reader
constexpr uint64_t kMaxFileBytes = uint64_t{16} << 30;
constexpr size_t kDataAlignment = 64;

const char* format_name(DType dtype) { return dtype == DType::F32 ? "F32" : "BF16"; }

// What the header says about one tensor. Its data are the bytes [begin, end) after the header.
struct Entry {
  std::string where;  // "file: tensor "name"", for errors
  std::string name;
  DType dtype = DType::F32;
  Shape shape;
  uint64_t begin = 0;
  uint64_t end = 0;
};

// --- reading ------------------------------------------------------------

int64_t natural(const Json& value, const Entry& entry, const char* key) {
  require(value.is_integer() && value.integer() >= 0, Failure::Data, entry.where, ": ", key, " holds ",
          summary(value), ", expected whole numbers from 0 up");
  return value.integer();
}

DType read_dtype(const Json& value, const Entry& entry) {
  require(value.is_string(), Failure::Data, entry.where, ": dtype is ", summary(value),
          ", expected a string");
  for (const DType dtype : {DType::F32, DType::BF16})
    if (value.string() == format_name(dtype)) return dtype;
  fail(Failure::Data, entry.where, ": dtype ", summary(value), " cannot be read, only F32 and BF16");
}

Shape read_shape(const Json& value, const Entry& entry) {
  require(value.is_array(), Failure::Data, entry.where, ": shape is ", summary(value), ", expected an array");
  const size_t rank = value.items().size();
  require(rank <= Shape::kMaxRank, Failure::Data, entry.where, ": has ", rank, " dimensions, at most ",
          Shape::kMaxRank, " can be read");
  std::array<int64_t, Shape::kMaxRank> extents{};
  for (size_t axis = 0; axis < rank; ++axis) extents[axis] = natural(value.items()[axis], entry, "shape");

  // Zeros are left out of the product: even the empty (0, 2^40, 2^40) has rows nobody could count.
  int64_t bytes = bytes_per_element(entry.dtype);
  for (const int64_t extent : extents)
    require(!__builtin_mul_overflow(bytes, std::max<int64_t>(extent, 1), &bytes), Failure::Data, entry.where,
            ": the size of its shape overflows 64 bits");
  const auto& e = extents;
  const Shape by_rank[] = {{}, {e[0]}, {e[0], e[1]}, {e[0], e[1], e[2]}, {e[0], e[1], e[2], e[3]}};
  return by_rank[rank];
}

Entry read_entry(const std::string& name, const Json& value, uint64_t data_bytes, const std::string& file) {
  Entry entry;
  entry.name = name;
  entry.where = text(file, ": tensor ", dump_line(name));
  require(value.is_object(), Failure::Data, entry.where, ": is described by ", summary(value),
          ", expected an object");
  for (const auto& [key, ignored] : value.members())
    require(key == "dtype" || key == "shape" || key == "data_offsets", Failure::Data, entry.where,
            ": unknown key ", dump_line(key));
  for (const char* key : {"dtype", "shape", "data_offsets"})
    require(value.find(key) != nullptr, Failure::Data, entry.where, ": ", key, " is missing");

  entry.dtype = read_dtype(*value.find("dtype"), entry);
  entry.shape = read_shape(*value.find("shape"), entry);
  const Json& offsets = *value.find("data_offsets");
  require(offsets.is_array() && offsets.items().size() == 2, Failure::Data, entry.where,
          ": data_offsets is not a pair [begin, end]");
  entry.begin = static_cast<uint64_t>(natural(offsets.items()[0], entry, "data_offsets"));
  entry.end = static_cast<uint64_t>(natural(offsets.items()[1], entry, "data_offsets"));
  require(entry.begin <= entry.end, Failure::Data, entry.where, ": data_offsets end before they begin");
  require(entry.end <= data_bytes, Failure::Data, entry.where, ": its data ends at byte ", entry.end,
          ", but the file holds only ", data_bytes, " bytes of data; is it truncated?");
  const auto bytes = static_cast<uint64_t>(entry.shape.count()) * bytes_per_element(entry.dtype);
  require(entry.end - entry.begin == bytes, Failure::Data, entry.where, ": ", entry.shape, " of ",
          format_name(entry.dtype), " takes ", bytes, " bytes, but data_offsets span ",
          entry.end - entry.begin);
  return entry;
}

std::map<std::string, std::string> read_metadata(const Json& value, const std::string& file) {
  require(value.is_object(), Failure::Data, file, ": ", kMetadata, " is ", summary(value),
          ", expected an object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, entry] : value.members()) {
    require(entry.is_string(), Failure::Data, file, ": ", kMetadata, ": ", dump_line(key), " is ",
            summary(entry), ", expected a string");
    metadata[key] = entry.string();
  }
  return metadata;
}

// The data must be covered exactly once. `entries` come in the order of their data.
void check_coverage(const std::vector<Entry>& entries, uint64_t data_bytes, const std::string& file) {
  uint64_t covered = 0;
  for (const Entry& entry : entries) {
    require(entry.begin >= covered, Failure::Data, entry.where, ": its data begins at byte ", entry.begin,
            " and overlaps the tensor before it, which ends at byte ", covered);
    require(entry.begin == covered, Failure::Data, entry.where, ": its data begins at byte ", entry.begin,
            " and leaves a hole after byte ", covered);
    covered = entry.end;
  }
  require(covered == data_bytes, Failure::Data, file, ": holds ", data_bytes,
          " bytes of data, but its tensors end at byte ", covered);
}

std::string_view read_header(ByteReader& reader, const std::string& file) {
  const uint64_t size = reader.u64();
  require(size <= kMaxHeaderBytes, Failure::Data, file, ": the header claims ", size,
          " bytes, more than the ", kMaxHeaderBytes, " the format allows; is this a safetensors file?");
  require(size <= reader.remaining(), Failure::Data, file, ": the header should have ", size,
          " bytes, but only ", reader.remaining(), " follow; the file is truncated or no safetensors file");
  const std::string_view header = reader.take_text(size);
  require(header.starts_with('{'), Failure::Data, file, ": the header does not start with '{'");
  return header;
}

// --- writing ------------------------------------------------------------

// Wide elements first, so that each tensor is aligned to its own; then by name, so that order is no content.
std::vector<const NamedTensor*> in_file_order(const std::vector<NamedTensor>& tensors) {
  std::vector<const NamedTensor*> ordered;
  for (const NamedTensor& named : tensors) {
    check(static_cast<bool>(named.tensor), "safetensors: tensor ", named.name, " has no data");
    check(named.name != kMetadata, "safetensors: a tensor cannot be called ", kMetadata);
    ordered.push_back(&named);
  }
  std::sort(ordered.begin(), ordered.end(), [](const NamedTensor* a, const NamedTensor* b) {
    const size_t a_width = bytes_per_element(a->tensor.dtype()),
                 b_width = bytes_per_element(b->tensor.dtype());
    return a_width != b_width ? a_width > b_width : a->name < b->name;
  });
  return ordered;
}

Json header_of(const std::vector<const NamedTensor*>& ordered,
               const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) {
    Json pairs = Json::object();
    for (const auto& [key, value] : metadata) pairs.members().emplace_back(key, value);
    header.members().emplace_back(kMetadata, std::move(pairs));
  }
  size_t begin = 0;
  for (const NamedTensor* named : ordered) {
    const Tensor& tensor = named->tensor;
    Json shape = Json::array();
    for (int axis = 0; axis < tensor.shape().rank(); ++axis) shape.push(tensor.shape()[axis]);
    const size_t end = begin + tensor.bytes();
    header.members().emplace_back(named->name, Json::object({{"dtype", format_name(tensor.dtype())},
                                                             {"shape", std::move(shape)},
                                                             {"data_offsets", Json::array({begin, end})}}));
    begin = end;
  }
  return header;
}

}  // namespace

const Tensor* SafetensorsFile::find(std::string_view name) const {
  for (const NamedTensor& named : tensors)
    if (named.name == name) return &named.tensor;
  return nullptr;
}

SafetensorsFile parse_safetensors(std::span<const uint8_t> bytes, const std::string& file_name) {
  ByteReader reader(bytes, file_name);
  const Json header = parse_json(read_header(reader, file_name), file_name, Failure::Data);

  SafetensorsFile content;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.members()) {
    if (name == kMetadata)
      content.metadata = read_metadata(value, file_name);
    else
      entries.push_back(read_entry(name, value, reader.remaining(), file_name));
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_coverage(entries, reader.remaining(), file_name);

  for (const Entry& entry : entries) {
    Tensor tensor(entry.shape, entry.dtype);
    std::memcpy(tensor.raw(), reader.take(entry.end - entry.begin).data(), tensor.bytes());
    content.tensors.push_back({entry.name, tensor});
  }
  return content;
}

SafetensorsFile read_safetensors(const std::string& path) {
  return parse_safetensors(read_file(path, kMaxFileBytes), path);
}

std::vector<uint8_t> safetensors_bytes(const SafetensorsFile& content) {
  const std::vector<const NamedTensor*> ordered = in_file_order(content.tensors);
  const Json header = header_of(ordered, content.metadata);
  std::string header_text = dump_line(header);
  // Reading it back proves that the names are unique and that all text is UTF-8.
  check(parse_json(header_text, "safetensors header", Failure::Internal) == header,
        "safetensors: a name or the metadata is not UTF-8");
  header_text.resize((8 + header_text.size() + kDataAlignment - 1) / kDataAlignment * kDataAlignment - 8,
                     ' ');
  check(header_text.size() <= kMaxHeaderBytes, "safetensors: the header needs ", header_text.size(),
        " bytes, the format allows ", kMaxHeaderBytes);

  ByteWriter writer;
  writer.u64(header_text.size());
  writer.put_text(header_text);
  for (const NamedTensor* named : ordered)
    writer.put({static_cast<const uint8_t*>(named->tensor.raw()), named->tensor.bytes()});
  return writer.bytes();
}

void write_safetensors(const std::string& path, const SafetensorsFile& content) {
  write_file_atomically(path, safetensors_bytes(content));
}

}  // namespace pare
