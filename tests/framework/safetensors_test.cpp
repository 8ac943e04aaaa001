#include "framework/files/formats/safetensors.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "framework/base/rng.h"
#include "framework/files/bytes.h"
#include "framework/files/file.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

std::vector<uint8_t> file_of(std::string_view header, size_t data_bytes) {
  ByteWriter writer;
  writer.u64(header.size());
  writer.put_text(header);
  for (size_t i = 0; i < data_bytes; ++i) writer.u8(static_cast<uint8_t>(i));
  return writer.bytes();
}

// The message of the Failure::Data with which these bytes must be refused.
std::string refusal(std::span<const uint8_t> bytes) {
  try {
    parse_safetensors(bytes, "f");
  } catch (const Error& error) {
    CHECK(error.failure() == Failure::Data);
    const std::string message = error.what();
    CHECK(message.starts_with("f:"));  // then a space, or the line and column of a JSON error
    return message.substr(message.starts_with("f: ") ? 3 : 2);
  }
  return "accepted";
}

std::string refusal(std::string_view header, size_t data_bytes) {
  return refusal(file_of(header, data_bytes));
}

std::string bytes_of_tensor(const Tensor& tensor) {
  return {static_cast<const char*>(tensor.raw()), tensor.bytes()};
}

Tensor bits_of(const Shape& shape, std::vector<uint32_t> words) {
  Tensor tensor(shape);
  std::memcpy(tensor.raw(), words.data(), tensor.bytes());
  return tensor;
}

void check_same(const SafetensorsFile& got, const SafetensorsFile& expected) {
  CHECK(got.metadata == expected.metadata);
  CHECK(got.tensors.size() == expected.tensors.size());
  for (const auto& [name, tensor] : expected.tensors) {
    CAPTURE(name);
    const Tensor* found = got.find(name);
    REQUIRE(found != nullptr);
    CHECK(found->shape() == tensor.shape());
    CHECK(found->dtype() == tensor.dtype());
    CHECK(bytes_of_tensor(*found) == bytes_of_tensor(tensor));
  }
}

SafetensorsFile everything() {
  // Signalling and quiet NaN with payloads, both infinities, minus zero, a denormal.
  const Tensor special =
      bits_of(Shape{2, 3}, {0x7fa12345u, 0xffc54321u, 0x7f800000u, 0xff800000u, 0x80000000u, 1u});
  return {{{"layer.1/weight", special},
           {"scalar", Tensor::full(Shape{}, 3.25f)},
           {"half", Tensor::of(Shape{3}, std::vector<float>{1, -2, 0.1f}).to(DType::BF16)},
           {"empty", Tensor(Shape{0})},
           {"empty half", Tensor(Shape{4, 0, 2}, DType::BF16)},
           {"gr\xc3\xb6\xc3\x9f"
            "e \"quoted\"\\\n",
            Tensor::full(Shape{1, 2, 1, 2}, -1)}},
          {{"step", "12"}, {"config", "{\"lr\": 0.1}\n"}, {"", ""}}};
}

}  // namespace

TEST_CASE("safetensors: every bit comes back: NaN payloads, scalars, empty tensors, bf16, odd names") {
  const SafetensorsFile content = everything();
  check_same(parse_safetensors(safetensors_bytes(content), "f"), content);

  const std::string path = std::filesystem::temp_directory_path() / text("pare-safetensors-test-", getpid());
  write_safetensors(path, content);
  check_same(read_safetensors(path), content);
  CHECK(file_size(path) == safetensors_bytes(content).size());
  std::filesystem::remove(path);
}

TEST_CASE("safetensors: no tensors and no metadata is a file too") {
  const SafetensorsFile nothing = parse_safetensors(safetensors_bytes({}), "f");
  CHECK(nothing.tensors.empty());
  CHECK(nothing.metadata.empty());
  CHECK(refusal("{}", 0) == "accepted");
  CHECK(nothing.find("weight") == nullptr);
}

TEST_CASE("safetensors: the file is this, byte for byte") {
  const SafetensorsFile content{{{"b", Tensor::of(Shape{2}, std::vector<float>{1, -2}).to(DType::BF16)},
                                 {"a", Tensor::of(Shape{1, 1}, std::vector<float>{0.5f})},
                                 {"B", Tensor::full(Shape{}, 1)}},
                                {{"k", "v"}}};
  std::string header = R"({"__metadata__":{"k":"v"},"B":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                       R"("a":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]},)"
                       R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}})";
  header.resize((8 + header.size() + 63) / 64 * 64 - 8, ' ');
  std::vector<uint8_t> expected = file_of(header, 0);
  for (const int byte : {0, 0, 0x80, 0x3f, 0, 0, 0, 0x3f, 0x80, 0x3f, 0, 0xc0})
    expected.push_back(static_cast<uint8_t>(byte));
  CHECK(safetensors_bytes(content) == expected);
}

TEST_CASE("safetensors: the order of the tensors does not change the file, and data starts at 64 bytes") {
  SafetensorsFile content = everything();
  const std::vector<uint8_t> bytes = safetensors_bytes(content);
  std::swap(content.tensors[0], content.tensors[2]);
  std::swap(content.tensors[1], content.tensors[5]);
  CHECK(safetensors_bytes(content) == bytes);
  for (size_t length = 0; length < 70; ++length) {
    content.metadata["pad"] = std::string(length, 'x');
    const std::vector<uint8_t> padded = safetensors_bytes(content);
    CHECK((8 + ByteReader(padded, "f").u64()) % 64 == 0);
  }
}

TEST_CASE("safetensors: a file made by others is read: any order, white space, integer spellings") {
  const SafetensorsFile file = parse_safetensors(file_of(R"({ "second" : {"shape":[2],"data_offsets":[4,12],
      "dtype":"F32"}, "none":{"dtype":"F32","shape":[3,0],"data_offsets":[4,4]},
      "first":{"dtype":"BF16","shape":[2,1,1,1],"data_offsets":[0,4]}}   )",
                                                         12),
                                                 "f");
  REQUIRE(file.tensors.size() == 3);
  CHECK(file.tensors[0].name == "first");
  CHECK(file.tensors[0].tensor.shape() == Shape{2, 1, 1, 1});
  CHECK(file.tensors[0].tensor.data<Bfloat16>()[1].bits == 0x0302);
  CHECK(file.tensors[2].name == "second");
  CHECK(std::bit_cast<uint32_t>(file.tensors[2].tensor.data<float>()[1]) == 0x0b0a0908u);
}

TEST_CASE("safetensors: a broken frame is refused") {
  CHECK(refusal(std::vector<uint8_t>{1, 2, 3}).starts_with("truncated at byte 3"));
  CHECK(refusal(std::vector<uint8_t>{}).starts_with("truncated at byte 0"));
  std::vector<uint8_t> bytes = file_of("{}", 0);
  bytes[0] = 3;
  CHECK(refusal(bytes) ==
        "the header should have 3 bytes, but only 2 follow; the file is truncated or no safetensors file");
  bytes[7] = 0x80;
  CHECK(refusal(bytes) ==
        "the header claims 9223372036854775811 bytes, more than the 100000000 the format allows; "
        "is this a safetensors file?");
  CHECK(refusal("", 0) == "the header does not start with '{'");
  CHECK(refusal(" {}", 0) == "the header does not start with '{'");
  CHECK(refusal("[]", 0) == "the header does not start with '{'");
  CHECK(refusal("{\"a\":", 0) != "accepted");
  CHECK(refusal("{} x", 0) != "accepted");
  CHECK(refusal(std::string_view("{}\0x", 4), 0).find("a zero byte") != std::string::npos);
  CHECK(refusal("{\"\xff\":1}", 0) != "accepted");
  CHECK(refusal("{\"__metadata__\":" + std::string(1000000, '['), 0) != "accepted");
}

TEST_CASE("safetensors: duplicate keys are refused wherever they are") {
  const std::string one = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  CHECK(refusal("{\"a\":" + one + ",\"a\":" + one + "}", 4).find("duplicate") != std::string::npos);
  CHECK(refusal(R"({"__metadata__":{"k":"1","k":"2"}})", 0).find("duplicate") != std::string::npos);
  CHECK(refusal(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4)
            .find("duplicate") != std::string::npos);
}

TEST_CASE("safetensors: metadata is strings by name") {
  CHECK(refusal(R"({"__metadata__":["a"]})", 0) == "__metadata__ is an array of 1, expected an object");
  CHECK(refusal(R"({"__metadata__":{"step":12}})", 0) ==
        "__metadata__: \"step\" is number 12, expected a string");
  CHECK(refusal(R"({"__metadata__":{"step":null}})", 0) ==
        "__metadata__: \"step\" is null, expected a string");
}

TEST_CASE("safetensors: what describes a tensor is checked key by key") {
  // A header of one tensor "w" with this inside, over 8 bytes of data.
  const auto with = [](const std::string& inside) { return refusal("{\"w\":{" + inside + "}}", 8); };
  const std::string shape = R"("shape":[2],)", dtype = R"("dtype":"F32",)",
                    offsets = R"("data_offsets":[0,8])";
  CHECK(with(dtype + shape + offsets) == "accepted");
  CHECK(refusal(R"({"w":3})", 0) == "tensor \"w\": is described by number 3, expected an object");
  CHECK(with(shape + offsets) == "tensor \"w\": dtype is missing");
  CHECK(with(dtype + offsets) == "tensor \"w\": shape is missing");
  CHECK(with(dtype + R"("shape":[2])") == "tensor \"w\": data_offsets is missing");
  CHECK(with(dtype + shape + R"("strides":[1],)" + offsets) == "tensor \"w\": unknown key \"strides\"");

  CHECK(with(R"("dtype":"F64","shape":[2],)" + offsets) ==
        "tensor \"w\": (2) of F64 takes 16 bytes, but data_offsets span 8");
  CHECK(with(R"("dtype":"f32",)" + shape + offsets) == "tensor \"w\": dtype \"f32\" is none of the format's");
  CHECK(with(R"("dtype":4,)" + shape + offsets) == "tensor \"w\": dtype is number 4, expected a string");

  CHECK(with(dtype + R"("shape":2,)" + offsets) == "tensor \"w\": shape is number 2, expected an array");
  CHECK(with(dtype + R"("shape":[-2],)" + offsets) ==
        "tensor \"w\": shape holds number -2, expected whole numbers from 0 up");
  CHECK(with(dtype + R"("shape":[2.0],)" + offsets) ==
        "tensor \"w\": shape holds number 2.0, expected whole numbers from 0 up");
  CHECK(with(dtype + R"("shape":[18446744073709551615],)" + offsets) != "accepted");
  CHECK(with(dtype + R"("shape":[1,1,1,1,3],)" + offsets) ==
        "tensor \"w\": (1,1,1,1,3) of F32 takes 12 bytes, but data_offsets span 8");
  const std::string overflow = "tensor \"w\": the size of its shape overflows 64 bits";
  CHECK(with(dtype + R"("shape":[4294967296,4294967296],)" + offsets) == overflow);
  CHECK(with(dtype + R"("shape":[9223372036854775807],)" + offsets) == overflow);
  CHECK(with(dtype + R"("shape":[4611686018427387906],)" + offsets) == overflow);  // * 4 is 8 modulo 2^64
  CHECK(with(dtype + R"("shape":[0,4294967296,4294967296],"data_offsets":[0,0])") == overflow);

  CHECK(with(dtype + shape + R"("data_offsets":[8])") ==
        "tensor \"w\": data_offsets is not a pair [begin, end]");
  CHECK(with(dtype + shape + R"("data_offsets":[0,8,8])") ==
        "tensor \"w\": data_offsets is not a pair [begin, end]");
  CHECK(with(dtype + shape + R"("data_offsets":{})") ==
        "tensor \"w\": data_offsets is not a pair [begin, end]");
  CHECK(with(dtype + shape + R"("data_offsets":[-8,0])") ==
        "tensor \"w\": data_offsets holds number -8, expected whole numbers from 0 up");
  CHECK(with(dtype + shape + R"("data_offsets":[8,0])") ==
        "tensor \"w\": data_offsets end before they begin");
  CHECK(with(dtype + shape + R"("data_offsets":[4,12])") ==
        "tensor \"w\": its data ends at byte 12, but the file holds only 8 bytes of data; is it truncated?");
  CHECK(with(dtype + R"("shape":[1],)" + offsets) ==
        "tensor \"w\": (1) of F32 takes 4 bytes, but data_offsets span 8");
  CHECK(with(R"("dtype":"BF16",)" + shape + offsets) ==
        "tensor \"w\": (2) of BF16 takes 4 bytes, but data_offsets span 8");
  CHECK(refusal(R"({"a\nb":3})", 0) == "tensor \"a\\nb\": is described by number 3, expected an object");
}

TEST_CASE("safetensors: the data is covered exactly once") {
  const auto one = [](const char* name, int begin, int end) {
    return text('"', name, R"(":{"dtype":"F32","shape":[)", (end - begin) / 4, R"(],"data_offsets":[)", begin,
                ',', end, "]}");
  };
  const auto two = [&](const std::string& a, const std::string& b) { return '{' + a + ',' + b + '}'; };
  CHECK(refusal(two(one("a", 0, 4), one("b", 4, 8)), 8) == "accepted");
  CHECK(refusal(two(one("a", 0, 8), one("b", 4, 8)), 8) ==
        "tensor \"b\": its data begins at byte 4 and overlaps the tensor before it, which ends at byte 8");
  CHECK(refusal(two(one("a", 0, 8), one("b", 0, 8)), 8).find("overlaps") != std::string::npos);
  CHECK(refusal(two(one("a", 0, 8), one("b", 4, 4)), 8).find("overlaps") != std::string::npos);
  CHECK(refusal(two(one("a", 0, 4), one("b", 8, 12)), 12) ==
        "tensor \"b\": its data begins at byte 8 and leaves a hole after byte 4");
  CHECK(refusal('{' + one("a", 4, 8) + '}', 8) ==
        "tensor \"a\": its data begins at byte 4 and leaves a hole after byte 0");
  CHECK(refusal('{' + one("a", 0, 4) + '}', 5) == "holds 5 bytes of data, but its tensors end at byte 4");
  CHECK(refusal("{}", 1) == "holds 1 bytes of data, but its tensors end at byte 0");
}

TEST_CASE("safetensors: what cannot be read back is not written") {
  const Tensor one = Tensor::full(Shape{1}, 1);
  CHECK_THROWS_AS(safetensors_bytes({{{"a", one}, {"a", one.to(DType::BF16)}}, {}}), Error);
  CHECK_THROWS_AS(safetensors_bytes({{{"__metadata__", one}}, {}}), Error);
  CHECK_THROWS_AS(safetensors_bytes({{{"a", Tensor()}}, {}}), Error);
  CHECK_THROWS_AS(safetensors_bytes({{{"\xff", one}}, {}}), Error);
  CHECK_THROWS_AS(safetensors_bytes({{}, {{"k", "\xc3"}}}), Error);
}

TEST_CASE("safetensors: damaged files are refused or read, never worse") {
  const std::vector<uint8_t> good = safetensors_bytes(everything());
  const size_t header_end = 8 + ByteReader(good, "f").u64();
  for (size_t length = 0; length < good.size(); ++length)
    CHECK(refusal(std::span(good).first(length)) != "accepted");
  const std::string_view tokens = "{}[]\",:0123456789-.eE \\/*\n";
  Rng rng(1, "damage");
  int refused = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    std::vector<uint8_t> damaged = good;
    for (uint32_t edits = 1 + rng.below(3); edits > 0; --edits) {
      const uint32_t place = rng.below(static_cast<uint32_t>(header_end));
      damaged[place] = trial % 2 == 0
                           ? static_cast<uint8_t>(rng.below(256))
                           : static_cast<uint8_t>(tokens[rng.below(static_cast<uint32_t>(tokens.size()))]);
    }
    refused += refusal(damaged) != "accepted";
  }
  CHECK(refused > 2000);
  CHECK(refused < 4000);  // an edit of the padding or inside a name does no harm
}

namespace {

// Bytes of memory this process had at most since the last call of forget_peak; 0 where the system does not
// say.
size_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) << 10;
  return 0;
}
bool forget_peak() { return static_cast<bool>(std::ofstream("/proc/self/clear_refs") << 5 << std::flush); }

}  // namespace

TEST_CASE("safetensors: a file is written without a copy of its tensors, and read with one") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/large.safetensors";
  constexpr int64_t kCount = 16 << 20;  // 64 MB
  SafetensorsFile content{{{"w", Tensor::full({kCount}, 1)}}, {}};
  if (!forget_peak() || peak_memory() == 0) {
    MESSAGE("skipped: this system does not say how much memory a process took");
    return;
  }
  const size_t before = peak_memory();
  write_safetensors(path, content);
  CHECK(peak_memory() < before + kCount);
  const SafetensorsFile again = read_safetensors(path);
  CHECK(again.tensors[0].tensor.floats().back() == 1);
  CHECK(peak_memory() < before + 6 * kCount);
}
