#include "framework/files/formats/safetensors.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>

#include "framework/files/bytes.h"
#include "framework/files/descriptor.h"
#include "framework/files/file.h"
#include "framework/json/json.h"

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
  std::string type, extents;  // as the file calls them
  DType dtype = DType::F32;
  Shape shape;
  std::string unreadable;  // why Pare cannot hold it, or nothing
  uint64_t bytes = 0;
  uint64_t begin = 0;
  uint64_t end = 0;
};

// --- reading ------------------------------------------------------------

int64_t natural(const Json& value, const Entry& entry, const char* key) {
  require(value.is_integer() && value.integer() >= 0, Failure::Data, entry.where, ": ", key, " holds ",
          summary(value), ", expected whole numbers from 0 up");
  return value.integer();
}

// Bytes of an element of each type the format knows.
uint64_t element_bytes(const std::string& type, const Entry& entry) {
  static const std::map<std::string, uint64_t> kBytes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},   {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"I16", 2},
      {"U16", 2},  {"F16", 2}, {"BF16", 2}, {"I32", 4},     {"U32", 4},     {"F32", 4},
      {"F64", 8},  {"I64", 8}, {"U64", 8},  {"C64", 8}};
  const auto found = kBytes.find(type);
  require(found != kBytes.end(), Failure::Data, entry.where, ": dtype ", dump_line(type),
          " is none of the format's");
  return found->second;
}

Shape shape_of(const std::vector<int64_t>& e) {
  const auto extent = [&](size_t axis) { return axis < e.size() ? e[axis] : 0; };
  const Shape by_rank[] = {{},
                           {extent(0)},
                           {extent(0), extent(1)},
                           {extent(0), extent(1), extent(2)},
                           {extent(0), extent(1), extent(2), extent(3)}};
  return by_rank[e.size()];
}

// What Pare's tensors cannot hold is no fault of the file: it may never be asked for.
void read_type_and_shape(const Json& dtype, const Json& shape, Entry& entry) {
  require(dtype.is_string(), Failure::Data, entry.where, ": dtype is ", summary(dtype),
          ", expected a string");
  require(shape.is_array(), Failure::Data, entry.where, ": shape is ", summary(shape), ", expected an array");
  std::vector<int64_t> extents;
  for (const Json& item : shape.items()) extents.push_back(natural(item, entry, "shape"));
  // Zeros are left out of the product: even the empty (0, 2^40, 2^40) has rows that no integer counts.
  auto bytes = static_cast<int64_t>(element_bytes(dtype.string(), entry));
  bool empty = false;
  for (const int64_t extent : extents) {
    empty = empty || extent == 0;
    require(!__builtin_mul_overflow(bytes, std::max<int64_t>(extent, 1), &bytes), Failure::Data, entry.where,
            ": the size of its shape overflows 64 bits");
  }
  entry.bytes = empty ? 0 : static_cast<uint64_t>(bytes);
  entry.type = dtype.string();
  for (const int64_t extent : extents) entry.extents += text(entry.extents.empty() ? "" : ",", extent);
  if (extents.size() > Shape::kMaxRank)
    entry.unreadable = text("has ", extents.size(), " dimensions, at most ", Shape::kMaxRank, " can be read");
  else
    entry.shape = shape_of(extents);
  if (entry.type == format_name(DType::BF16))
    entry.dtype = DType::BF16;
  else if (entry.type != format_name(DType::F32))
    entry.unreadable = text("dtype ", dump_line(entry.type), " cannot be read, only F32 and BF16");
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

  read_type_and_shape(*value.find("dtype"), *value.find("shape"), entry);
  const Json& offsets = *value.find("data_offsets");
  require(offsets.is_array() && offsets.items().size() == 2, Failure::Data, entry.where,
          ": data_offsets is not a pair [begin, end]");
  entry.begin = static_cast<uint64_t>(natural(offsets.items()[0], entry, "data_offsets"));
  entry.end = static_cast<uint64_t>(natural(offsets.items()[1], entry, "data_offsets"));
  require(entry.begin <= entry.end, Failure::Data, entry.where, ": data_offsets end before they begin");
  require(entry.end <= data_bytes, Failure::Data, entry.where, ": its data ends at byte ", entry.end,
          ", but the file holds only ", data_bytes, " bytes of data; is it truncated?");
  require(entry.end - entry.begin == entry.bytes, Failure::Data, entry.where, ": (", entry.extents, ") of ",
          entry.type, " takes ", entry.bytes, " bytes, but data_offsets span ", entry.end - entry.begin);
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

void check_header_size(uint64_t size, uint64_t remaining, const std::string& file) {
  require(size <= kMaxHeaderBytes, Failure::Data, file, ": the header claims ", size,
          " bytes, more than the ", kMaxHeaderBytes, " the format allows; is this a safetensors file?");
  require(size <= remaining, Failure::Data, file, ": the header should have ", size, " bytes, but only ",
          remaining, " follow; the file is truncated or no safetensors file");
}

// Adds the metadata to `content`, and returns what the data holds, in its order.
std::vector<Entry> read_header(std::string_view text, uint64_t data_bytes, const std::string& file,
                               SafetensorsFile& content) {
  require(text.starts_with('{'), Failure::Data, file, ": the header does not start with '{'");
  const Json header = parse_json(text, file, Failure::Data);
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.members()) {
    if (name == kMetadata)
      content.metadata = read_metadata(value, file);
    else
      entries.push_back(read_entry(name, value, data_bytes, file));
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_coverage(entries, data_bytes, file);
  return entries;
}

// Bytes that come one behind the other, from memory or from a file. `take` fills those it is given.
template <class Take>
SafetensorsFile read_from(uint64_t bytes, const std::string& file, const Take& take) {
  uint64_t size = 0;
  require(bytes >= sizeof size, Failure::Data, file, ": truncated at byte ", bytes, ": ", sizeof size,
          " bytes should follow byte 0");
  take({reinterpret_cast<uint8_t*>(&size), sizeof size});
  const uint64_t remaining = bytes - sizeof size;
  check_header_size(size, remaining, file);
  std::string header(size, ' ');
  take({reinterpret_cast<uint8_t*>(header.data()), size});
  SafetensorsFile content;
  for (const Entry& entry : read_header(header, remaining - size, file, content)) {
    if (!entry.unreadable.empty()) {
      content.unreadable[entry.name] = entry.unreadable;
      std::vector<uint8_t> skipped(entry.bytes);
      take(skipped);
      continue;
    }
    Tensor tensor(entry.shape, entry.dtype);
    take({static_cast<uint8_t*>(tensor.raw()), tensor.bytes()});
    content.tensors.push_back({entry.name, tensor});
  }
  return content;
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
  return read_from(bytes.size(), file_name, [&](std::span<uint8_t> part) {
    std::ranges::copy(reader.take(part.size()), part.begin());
  });
}

// Straight into the tensors: a checkpoint may be large, and one copy of it is enough.
SafetensorsFile read_safetensors(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))  // a pipe has no size
    return parse_safetensors(read_file(path, kMaxFileBytes), path);
  Descriptor file(path, O_RDONLY);
  const uint64_t size = file.size();
  require(size <= kMaxFileBytes, Failure::Data, path, ": has ", size, " bytes, more than the ", kMaxFileBytes,
          " accepted here");
  uint64_t position = 0;
  return read_from(size, path, [&](std::span<uint8_t> part) {
    while (!part.empty()) {
      const size_t count = file.read_some(part);
      require(count > 0, Failure::Data, path, ": truncated at byte ", position, " while it was read");
      position += count;
      part = part.subspan(count);
    }
  });
}

namespace {

// The bytes in front of the data.
std::vector<uint8_t> head_of(const std::vector<const NamedTensor*>& ordered, const SafetensorsFile& content) {
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
  return writer.take();
}

std::span<const uint8_t> data_of(const Tensor& tensor) {
  return {static_cast<const uint8_t*>(tensor.raw()), tensor.bytes()};
}

}  // namespace

std::vector<uint8_t> safetensors_bytes(const SafetensorsFile& content) {
  const std::vector<const NamedTensor*> ordered = in_file_order(content.tensors);
  ByteWriter writer;
  writer.put(head_of(ordered, content));
  for (const NamedTensor* named : ordered) writer.put(data_of(named->tensor));
  return writer.take();
}

void write_safetensors(const std::string& path, const SafetensorsFile& content) {
  const std::vector<const NamedTensor*> ordered = in_file_order(content.tensors);
  const std::vector<uint8_t> head = head_of(ordered, content);
  std::vector<std::span<const uint8_t>> parts{head};
  for (const NamedTensor* named : ordered) parts.push_back(data_of(named->tensor));
  write_file_atomically(path, parts);
}

}  // namespace pare
