#include "framework/data/formats/npy.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "framework/base/error.h"
#include "framework/data/formats/npy_header.h"
#include "framework/files/bytes.h"

namespace pare {
namespace {

constexpr uint8_t kMagic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

struct Type {
  std::string_view code;  // as in `descr`, behind the order of bytes
  NpyArray::Kind kind;
  int bytes_each;
  const char* name;
};
constexpr Type kTypes[] = {
    {"b1", NpyArray::Kind::Bool, 1, "bool"},    {"u1", NpyArray::Kind::Unsigned, 1, "u8"},
    {"u2", NpyArray::Kind::Unsigned, 2, "u16"}, {"u4", NpyArray::Kind::Unsigned, 4, "u32"},
    {"u8", NpyArray::Kind::Unsigned, 8, "u64"}, {"i1", NpyArray::Kind::Signed, 1, "i8"},
    {"i2", NpyArray::Kind::Signed, 2, "i16"},   {"i4", NpyArray::Kind::Signed, 4, "i32"},
    {"i8", NpyArray::Kind::Signed, 8, "i64"},   {"f4", NpyArray::Kind::Float, 4, "f32"},
    {"f8", NpyArray::Kind::Float, 8, "f64"},
};

const Type& type_of(const std::string& descr, const std::string& name) {
  const std::string_view code = std::string_view(descr).substr(std::min<size_t>(1, descr.size()));
  require(
      !code.starts_with('O'), Failure::Data, name,
      ": holds Python objects, which only running the file's own code (pickle) would read; if you trust it, "
      "convert: numpy.save('new.npy', numpy.stack(list(numpy.load('old.npy', allow_pickle=True)))"
      ".astype('float32'))");
  require(
      !code.starts_with('U') && !code.starts_with('S'), Failure::Data, name,
      ": holds text; convert: names, numbers = numpy.unique(x, return_inverse=True), then save the numbers "
      "and give the names in the config: \"classes\"");
  const bool has_order = !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
  for (const Type& type : kTypes)
    if (has_order && type.code == code && (descr[0] != '|' || type.bytes_each == 1)) return type;
  fail(Failure::Data, name, ": holds numbers of type '", descr,
       "', expected u8 to u64, i8 to i64, f32, f64 or bool; convert: x.astype('float32')");
}

// Divides instead of multiplying, so that no header can overflow the test.
void require_bytes(const NpyArray& array, uint64_t there) {
  uint64_t left = there / static_cast<uint64_t>(array.bytes_each);
  uint64_t count = 1;
  for (const int64_t extent : array.shape) {
    require(extent > 0, Failure::Data, array.name, ": its shape has an extent of 0, so it is empty");
    left /= static_cast<uint64_t>(extent);
    if (left == 0) break;
    count *= static_cast<uint64_t>(extent);
  }
  const bool fits = left == 1 && count * static_cast<uint64_t>(array.bytes_each) == there;
  require(fits, Failure::Data, array.name, ": its header says ", array.described(), ", but ", there,
          " bytes follow: ", left == 0 ? "the file is cut off" : "its length is another");
}

void swap_bytes(NpyArray& array) {
  for (auto at = array.bytes.begin(); at != array.bytes.end(); at += array.bytes_each)
    std::reverse(at, at + array.bytes_each);
}

// From the first index running fastest to the last.
void transpose(NpyArray& array) {
  const auto size = static_cast<size_t>(array.bytes_each);
  std::vector<uint8_t> ordered(array.bytes.size());
  std::vector<int64_t> index(array.shape.size(), 0), stride(array.shape.size(), 1);
  for (size_t i = 1; i < stride.size(); ++i) stride[i] = stride[i - 1] * array.shape[i - 1];
  int64_t from = 0;
  for (size_t to = 0; to < ordered.size(); to += size) {
    std::memcpy(ordered.data() + to, array.bytes.data() + static_cast<size_t>(from) * size, size);
    for (size_t axis = index.size(); axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < array.shape[axis]) break;
      from -= stride[axis] * array.shape[axis];
      index[axis] = 0;
    }
  }
  array.bytes = std::move(ordered);
}

template <class T, class Take>
void each_as(const NpyArray& array, const Take& take) {
  for (size_t at = 0; at < array.bytes.size(); at += sizeof(T)) {
    T number;
    std::memcpy(&number, array.bytes.data() + at, sizeof(T));
    take(number);
  }
}

template <class Take>
void for_each(const NpyArray& array, const Take& take) {
  using Kind = NpyArray::Kind;
  const int each = array.bytes_each;
  if (array.kind == Kind::Bool) return each_as<uint8_t>(array, [&](uint8_t b) { take(b != 0 ? 1 : 0); });
  if (array.kind == Kind::Float)
    return each == 4 ? each_as<float>(array, take) : each_as<double>(array, take);
  const bool is_signed = array.kind == Kind::Signed;
  switch (each) {
    case 1:
      return is_signed ? each_as<int8_t>(array, take) : each_as<uint8_t>(array, take);
    case 2:
      return is_signed ? each_as<int16_t>(array, take) : each_as<uint16_t>(array, take);
    case 4:
      return is_signed ? each_as<int32_t>(array, take) : each_as<uint32_t>(array, take);
    default:
      return is_signed ? each_as<int64_t>(array, take) : each_as<uint64_t>(array, take);
  }
}

}  // namespace

int64_t NpyArray::count() const { return std::ssize(bytes) / bytes_each; }

std::string NpyArray::described() const {
  std::string words;
  for (const Type& type : kTypes)
    if (type.kind == kind && type.bytes_each == bytes_each) words = type.name;
  words += " (";
  for (size_t i = 0; i < shape.size(); ++i) words += text(i == 0 ? "" : ",", shape[i]);
  return words + ")";
}

std::vector<float> NpyArray::floats() const {
  std::vector<float> numbers;
  numbers.reserve(static_cast<size_t>(count()));
  for_each(*this, [&](auto number) { numbers.push_back(static_cast<float>(number)); });
  return numbers;
}

std::vector<int32_t> NpyArray::integers(int64_t most) const {
  check(kind != Kind::Float, "floats are no integers");
  std::vector<int32_t> numbers;
  numbers.reserve(static_cast<size_t>(count()));
  for_each(*this, [&](auto number) {
    const bool fits =
        number >= 0 && (number <= 0 || static_cast<uint64_t>(number) <= static_cast<uint64_t>(most));
    require(fits, Failure::Data, name, ": number ", numbers.size(), " is ", +number, ", expected 0 to ",
            most);
    numbers.push_back(static_cast<int32_t>(number));
  });
  return numbers;
}

bool looks_like_npy(std::span<const uint8_t> bytes) {
  return bytes.size() >= sizeof kMagic && std::equal(std::begin(kMagic), std::end(kMagic), bytes.begin());
}

NpyArray parse_npy(std::span<const uint8_t> bytes, const std::string& name) {
  require(looks_like_npy(bytes), Failure::Data, name, ": is no .npy file, which begins with \\x93NUMPY");
  const NpyHeader header = parse_npy_header(bytes, name);
  const Type& type = type_of(header.descr, name);
  NpyArray array{name, type.kind, type.bytes_each, header.shape, {}};
  const std::span<const uint8_t> numbers = bytes.subspan(header.size);
  require_bytes(array, numbers.size());
  array.bytes.assign(numbers.begin(), numbers.end());
  if (header.descr[0] == '>') swap_bytes(array);
  if (header.fortran_order) transpose(array);
  return array;
}

}  // namespace pare
