// The readers: what good files hold, and what is said about bad ones.
#include <doctest/doctest.h>

#include "framework/data/formats/cifar.h"
#include "framework/data/formats/gzip_file.h"
#include "framework/data/formats/idx.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

const Bytes kPixels = noise(3 * 2 * 4);
const Bytes kImages = idx_bytes(0x803, {3, 2, 4}, kPixels);
const Bytes kLabels = idx_bytes(0x801, {3}, {7, 0, 9});

// What reading these two files as idx complains about.
std::string complaint(const Bytes& images, const Bytes& labels, const std::string& culprit) {
  const TemporaryDirectory directory;
  const std::string images_file = directory.write("images", images),
                    labels_file = directory.write("labels", labels);
  const std::string message = failure_of(Failure::Data, [&] { read_idx(images_file, labels_file, 10); });
  CHECK_MESSAGE(contains(message, directory.path() + "/" + culprit + ": "), message);
  return message;
}

Bytes without_end(Bytes bytes, size_t cut) {
  bytes.resize(bytes.size() - cut);
  return bytes;
}

Bytes with(Bytes bytes, size_t at, uint8_t value) {
  bytes[at] = value;
  return bytes;
}

}  // namespace

TEST_CASE("data: gzipped and plain files read the same") {
  const TemporaryDirectory directory;
  const Bytes contents = noise(700000);  // several chunks
  CHECK(read_gzip_file(directory.write("plain", contents)) == contents);
  CHECK(read_gzip_file(directory.write("packed", gzipped(contents))) == contents);
  CHECK(read_gzip_file(directory.write("empty", {})).empty());

  Bytes two_streams = gzipped(contents);
  const Bytes second = gzipped({1, 2, 3});
  two_streams.insert(two_streams.end(), second.begin(), second.end());
  CHECK(read_gzip_file(directory.write("two", two_streams)).size() == contents.size() + 3);
}

TEST_CASE("data: a gzip stream cut off anywhere is noticed") {
  const TemporaryDirectory directory;
  const Bytes packed = gzipped(noise(300));
  for (const size_t length :
       {size_t{2}, size_t{5}, size_t{10}, size_t{40}, packed.size() - 8, packed.size() - 1}) {
    const std::string path =
        directory.write("cut", {packed.begin(), packed.begin() + static_cast<ptrdiff_t>(length)});
    const std::string message = failure_of(Failure::Data, [&] { read_gzip_file(path); });
    CHECK_MESSAGE((contains(message, path) && contains(message, "ends too early")), length,
                  " bytes: ", message);
  }
}

TEST_CASE("data: a damaged gzip stream is noticed by its check sum") {
  const TemporaryDirectory directory;
  Bytes packed = gzipped(noise(300));
  packed[100] ^= 1;
  const std::string path = directory.write("damaged", packed);
  CHECK(contains(failure_of(Failure::Data, [&] { read_gzip_file(path); }), path));
}

TEST_CASE("data: a file may not unpack to more than the bound") {
  const TemporaryDirectory directory;
  const std::string plain = directory.write("plain", Bytes(1000000, 0));
  const std::string bomb = directory.write("bomb", gzipped(Bytes(1000000, 0)));
  for (const std::string& path : {plain, bomb}) {
    CHECK(read_gzip_file(path, 1000000).size() == 1000000);
    CHECK(contains(failure_of(Failure::Data, [&] { read_gzip_file(path, 999999); }), "999999"));
  }
}

TEST_CASE("data: what cannot be read is named") {
  const TemporaryDirectory directory;
  const std::string nowhere = directory.path() + "/nowhere";
  const std::string message = failure_of(Failure::Data, [&] { read_gzip_file(nowhere); });
  CHECK_MESSAGE((contains(message, nowhere) && contains(message, "No such file")), message);
  CHECK(contains(failure_of(Failure::Data, [&] { read_gzip_file(directory.path()); }), directory.path()));
}

TEST_CASE("data: an idx pair gives its images and labels") {
  const TemporaryDirectory directory;
  const ImageSet plain = read_idx(directory.write("images", kImages), directory.write("labels", kLabels), 10);
  CHECK(plain.count() == 3);
  CHECK(plain.height == 2);
  CHECK(plain.width == 4);
  CHECK(plain.channels == 1);
  CHECK(plain.pixels == kPixels);
  CHECK(plain.labels == Bytes{7, 0, 9});
  CHECK(plain.image(2) == plain.pixels.data() + 16);

  const ImageSet packed = read_idx(directory.write("images.gz", gzipped(kImages)),
                                   directory.write("labels.gz", gzipped(kLabels)), 10);
  CHECK(packed.pixels == plain.pixels);
  CHECK(packed.labels == plain.labels);
}

TEST_CASE("data: an idx file that is not what it says is refused") {
  CHECK(contains(complaint(kLabels, kImages, "labels"), "0x803, expected the idx magic number 0x801"));
  CHECK(contains(complaint(with(kImages, 3, 4), kLabels, "images"),
                 "0x804, expected the idx magic number 0x803"));
  CHECK(contains(complaint(without_end(kImages, 1), kLabels, "images"),
                 "23 bytes follow: the file is cut off"));
  CHECK(contains(complaint(kImages, without_end(kLabels, 1), "labels"), "cut off"));
  CHECK(contains(complaint({0, 0, 8}, kLabels, "images"), "3 bytes, an idx header alone takes 16"));
  CHECK(contains(complaint({}, kLabels, "images"), "0 bytes"));

  Bytes longer = kImages;
  longer.push_back(0);
  CHECK(contains(complaint(longer, kLabels, "images"), "25 bytes follow: there are bytes too many"));
  longer.resize(kImages.size() + 8);  // a whole image
  CHECK(contains(complaint(longer, kLabels, "images"), "too many"));

  CHECK(contains(complaint(idx_bytes(0x803, {0, 2, 4}, {}), kLabels, "images"), "extent 1 is 0"));
  CHECK(contains(complaint(idx_bytes(0x803, {3, 2, 0}, {}), kLabels, "images"), "extent 3 is 0"));
  CHECK(contains(complaint(kImages, idx_bytes(0x801, {0}, {}), "labels"), "extent 1 is 0"));
}

TEST_CASE("data: extents whose product overflows are refused, not allocated") {
  const uint32_t most = 0xFFFFFFFF;
  complaint(idx_bytes(0x803, {most, most, most}, kPixels), kLabels, "images");
  complaint(idx_bytes(0x803, {1u << 31, 1u << 31, 4}, {}), kLabels, "images");  // 2^64 bytes
  complaint(idx_bytes(0x803, {1u << 30, 1, 1}, {}), kLabels, "images");
  complaint(kImages, idx_bytes(0x801, {most}, {1}), "labels");
}

TEST_CASE("data: idx labels have to fit the classes and the images") {
  CHECK(contains(complaint(kImages, idx_bytes(0x801, {3}, {9, 10, 0}), "labels"), "image 1 has label 10"));
  CHECK(contains(complaint(kImages, idx_bytes(0x801, {2}, {1, 2}), "labels"), "2 labels for the 3 images"));
}

TEST_CASE("data: cifar-10 planes become interleaved pixels") {
  const TemporaryDirectory directory;
  const Bytes planes = noise(2 * 3072);
  Bytes two;
  for (int record = 0; record < 2; ++record) {
    two.push_back(static_cast<uint8_t>(record == 0 ? 9 : 4));
    two.insert(two.end(), planes.begin() + record * 3072, planes.begin() + (record + 1) * 3072);
  }
  Bytes one(3073, 5);
  const std::vector<std::string> files = {directory.write("a", two), directory.write("b", gzipped(one))};
  const ImageSet set = read_cifar10(files, 10);
  CHECK(set.labels == Bytes{9, 4, 5});
  CHECK(set.height == 32);
  CHECK(set.width == 32);
  CHECK(set.channels == 3);
  REQUIRE(set.pixels.size() == 3 * 3072);
  bool same = true;
  for (int image = 0; image < 2; ++image)
    for (int at = 0; at < 1024; ++at)
      for (int channel = 0; channel < 3; ++channel)
        same &= set.image(image)[at * 3 + channel] == planes[image * 3072 + channel * 1024 + at];
  CHECK(same);
  CHECK(set.pixels.back() == 5);
}

TEST_CASE("data: cifar-10 files that are not whole records are refused") {
  const TemporaryDirectory directory;
  const auto refusal = [&](const Bytes& bytes) {
    const std::vector<std::string> files = {directory.write("good", Bytes(3073, 1)),
                                            directory.write("bad", bytes)};
    const std::string message = failure_of(Failure::Data, [&] { read_cifar10(files, 10); });
    CHECK_MESSAGE(contains(message, files[1]), message);
    return message;
  };
  CHECK(contains(refusal(Bytes(2 * 3073 - 1, 1)), "3073"));
  CHECK(contains(refusal(Bytes(3074, 1)), "3074 bytes"));
  CHECK(contains(refusal({}), "0 bytes"));
  CHECK(contains(refusal(with(Bytes(2 * 3073, 1), 3073, 10)), "image 1 has label 10"));
}

TEST_CASE("data: cifar-100's class is the second byte of a record") {
  const TemporaryDirectory directory;
  Bytes record(3074, 7);
  record[0] = 19;
  record[1] = 99;
  const std::vector<std::string> files = {directory.write("train.bin", record)};
  const ImageSet set = read_cifar100(files, 100);
  CHECK(set.labels == Bytes{99});
  CHECK(set.pixels == Bytes(3072, 7));
  const std::string message = failure_of(Failure::Data, [&] {
    const std::vector<std::string> ten = {directory.write("batch.bin", Bytes(3073, 1))};
    read_cifar100(ten, 100);
  });
  CHECK(contains(message, "whole number of CIFAR-100 records of 3074 bytes"));
}
