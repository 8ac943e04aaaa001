// NumPy's files: every type, order and version, and what is refused.
#include "framework/data/formats/npy.h"

#include <algorithm>
#include <limits>

#include "framework/data/formats/npz.h"
#include "tests/support/array_fixtures.h"

using namespace pare;

namespace {

std::string refusal(const Bytes& bytes) {
  return failure_of(Failure::Data, [&] { parse_npy(bytes, "x.npy"); });
}

template <class T>
Bytes reversed(const std::vector<T>& numbers) {
  Bytes bytes = raw(numbers);
  for (size_t i = 0; i < bytes.size(); i += sizeof(T))
    std::reverse(bytes.begin() + i, bytes.begin() + i + sizeof(T));
  return bytes;
}

template <class T>
void check_type(const std::string& code, const std::string& name) {
  CAPTURE(code);
  const std::vector<T> numbers{T(1), T(0), T(100), T(7)};
  for (const char order : {'<', '>'}) {
    const Bytes data = order == '<' ? raw(numbers) : reversed(numbers);
    const NpyArray array = parse_npy(npy_of_header(npy_header(order + code, "2, 2"), data), "x.npy");
    CHECK(array.described() == name + " (2,2)");
    CHECK(array.floats() == std::vector<float>{1, 0, 100, 7});
    if (!array.is_float()) CHECK(array.integers(100) == std::vector<int32_t>{1, 0, 100, 7});
  }
}

}  // namespace

TEST_CASE("npy: all types of numbers, little-endian and big-endian") {
  check_type<uint16_t>("u2", "u16");
  check_type<uint32_t>("u4", "u32");
  check_type<uint64_t>("u8", "u64");
  check_type<int16_t>("i2", "i16");
  check_type<int32_t>("i4", "i32");
  check_type<int64_t>("i8", "i64");
  check_type<float>("f4", "f32");
  check_type<double>("f8", "f64");
  const std::vector<int8_t> small{-1, 5};
  CHECK(parse_npy(npy_bytes("|i1", "2,", small), "x").floats() == std::vector<float>{-1, 5});
  const std::vector<uint8_t> bytes{1, 2, 0};
  const NpyArray array = parse_npy(npy_bytes("|u1", "3,", bytes), "x");
  CHECK(array.is_bytes());
  CHECK(array.bytes == bytes);
  CHECK(parse_npy(npy_bytes("|b1", "3,", bytes), "x").floats() == std::vector<float>{1, 1, 0});
}

TEST_CASE("npy: Fortran order becomes C order") {
  // x[i,j,k] = 100 i + 10 j + k of shape (2,3,4), the first index running fastest.
  std::vector<int32_t> fortran;
  std::vector<float> c;
  for (int k = 0; k < 4; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i) fortran.push_back(100 * i + 10 * j + k);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k) c.push_back(static_cast<float>(100 * i + 10 * j + k));
  CHECK(parse_npy(npy_bytes("<i4", "2, 3, 4", fortran, "True"), "x").floats() == c);
}

TEST_CASE("npy: headers of all versions, with keys in any order") {
  const std::vector<uint8_t> data{1, 2, 3};
  for (const int version : {1, 2, 3})
    CHECK(parse_npy(npy_of_header(npy_header("|u1", "3,"), data, version), "x").bytes == data);
  for (const char* header : {"{'shape':(3,),'fortran_order':False,'descr':'|u1'}",
                             "{\"descr\": \"|u1\", \"fortran_order\": False, \"shape\": ( 3 , ) , }"})
    CHECK(parse_npy(npy_of_header(header, data), "x").bytes == data);
  CHECK(contains(refusal(npy_of_header(npy_header("|u1", "3,"), data, 4)), "version 4"));
  for (const char* header : {"", "{}", "{'descr': '|u1', 'fortran_order': False}",
                             "{'descr': '|u1', 'fortran_order': 0, 'shape': (3,)}",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (-3,)}",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': 3}",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), 'x': 1}",
                             "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (3,)}",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (3,)} or exit()",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}"})
    CHECK_MESSAGE(contains(refusal(npy_of_header(header, data)), "its header has"), header);
}

TEST_CASE("npy: what cannot be read says how to convert it") {
  const std::vector<uint8_t> data(64, 1);
  CHECK(contains(refusal(npy_bytes("|O", "8,", data)), "allow_pickle=True"));
  CHECK(contains(refusal(npy_bytes("<U4", "4,", data)), "numpy.unique"));
  CHECK(contains(refusal(npy_bytes("<f2", "32,", data)), "x.astype('float32')"));
  CHECK(contains(refusal(npy_bytes("<c8", "8,", data)), "'<c8'"));
  CHECK(contains(refusal(npy_bytes("f4", "16,", data)), "'f4'"));
  CHECK(contains(
      refusal(npy_of_header("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (16,)}", data)),
      "several fields"));
  CHECK(contains(refusal({1, 2, 3}), "is no .npy file"));
}

TEST_CASE("npy: headers that ask for more or less than the file holds are refused") {
  const std::vector<uint8_t> data(24, 1);
  for (const char* shape : {"4, 2, 4", "23,", "25,", "24, 2", "0,", "0, 3", "4611686018427387904, 4, 4",
                            "9223372036854775807, 9223372036854775807", "2, 9223372036854775807"})
    CHECK_MESSAGE(!refusal(npy_bytes("|u1", shape, data)).empty(), shape);
  CHECK(
      contains(refusal(npy_bytes("|u1", "25,", data)), "u8 (25), but 24 bytes follow: the file is cut off"));
  Bytes whole = npy_bytes("|u1", "24,", data);
  for (const size_t size : {6, 7, 9, 11, 40})
    CHECK(!refusal(Bytes(whole.begin(), whole.begin() + size)).empty());
}

TEST_CASE("npy: integers beyond what is allowed are named") {
  const auto integers = [](const Bytes& bytes) { return parse_npy(bytes, "x").integers(9); };
  const std::string negative = failure_of(Failure::Data, [&] {
    integers(npy_bytes("<i8", "2,", std::vector<int64_t>{3, -1}));
  });
  CHECK(contains(negative, "number 1 is -1, expected 0 to 9"));
  CHECK(contains(failure_of(Failure::Data,
                            [&] { integers(npy_bytes("<u8", "1,", std::vector<uint64_t>{~uint64_t{0}})); }),
                 "expected 0 to 9"));
  CHECK(
      contains(failure_of(Failure::Data, [&] { integers(npy_bytes("|i1", "1,", std::vector<int8_t>{10})); }),
               "is 10"));
}

TEST_CASE("npz: stored and deflated arrays are read by name; other packing and damage are refused") {
  const TemporaryDirectory directory;
  const Bytes array = npy_bytes("|u1", "3,", Bytes{1, 2, 3});
  const Bytes large = npy_bytes("|u1", "3000000,", Bytes(3000000, 7));
  const std::string path =
      write_npz(directory, "a.npz", {{"x", array, ZIP_CM_STORE}, {"y", array}, {"large", large}});
  const NpzFile file(path);
  CHECK(file.names() == std::vector<std::string>{"x", "y", "large"});
  CHECK(file.read("x").bytes == Bytes{1, 2, 3});
  CHECK(file.read("y").bytes == Bytes{1, 2, 3});
  CHECK(file.read("large").count() == 3000000);
  CHECK(contains(file.read("y").name, "array 'y'"));
  CHECK(contains(failure_of(Failure::Data, [&] { file.read("z"); }), "has no array 'z'"));
  CHECK(contains(failure_of(Failure::Data, [&] { NpzFile(directory.write("no.npz", noise(100))); }),
                 "no.npz: is no .npz file"));
  const std::string packed = write_npz(directory, "b.npz", {{"x", array, ZIP_CM_BZIP2}});
  CHECK(contains(failure_of(Failure::Data, [&] { NpzFile(packed).read("x"); }), "stored or deflated"));
}

TEST_CASE("npz: a damaged array, and one that lies about its length, are refused") {
  const TemporaryDirectory directory;
  const Bytes array = npy_bytes("|u1", "2000,", noise(2000));
  const std::string path = write_npz(directory, "a.npz", {{"x", array, ZIP_CM_STORE}});
  Bytes bytes;
  std::ifstream in(path, std::ios::binary);
  for (char c; in.get(c);) bytes.push_back(static_cast<uint8_t>(c));
  Bytes damaged = bytes;
  damaged[1000] ^= 1;
  CHECK(contains(failure_of(Failure::Data, [&] { NpzFile(directory.write("b.npz", damaged)).read("x"); }),
                 "array 'x'"));
  // The central directory's sizes: behind PK 1 2 come 16 bytes, the checksum, the packed and the whole
  // length.
  const uint8_t mark[] = {'P', 'K', 1, 2};
  const auto entry = std::search(bytes.begin(), bytes.end(), std::begin(mark), std::end(mark));
  REQUIRE(entry != bytes.end());
  Bytes lying = bytes;
  lying[static_cast<size_t>(entry - bytes.begin()) + 27] = 0x70;  // 1.9 GB
  CHECK(!failure_of(Failure::Data, [&] { NpzFile(directory.write("c.npz", lying)).read("x"); }).empty());
}
