#include "framework/files/file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "framework/base/error.h"
#include "framework/files/append_file.h"
#include "framework/files/bytes.h"
#include "framework/files/descriptor.h"

using namespace pare;

namespace {

// A directory of its own for each test, gone afterwards.
class Scratch {
 public:
  Scratch() : path_(std::filesystem::temp_directory_path() / text("pare-files-test-", getpid())) {
    std::filesystem::create_directories(path_);
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path path_;
};

// While this lives, a write beyond `bytes` fails with EFBIG: a full disk that root meets too.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : previous_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &previous_);
    const rlimit limit{bytes, previous_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &previous_);
    std::signal(SIGXFSZ, previous_handler_);
  }

 private:
  void (*previous_handler_)(int);
  rlimit previous_{};
};

// The message of the Failure::Data that `action` must throw.
std::string data_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.failure() == Failure::Data);
    return error.what();
  }
  FAIL("no error was thrown");
  return "";
}

}  // namespace

TEST_CASE("files: what is written is read back, zero bytes and empty files included") {
  const Scratch scratch;
  const std::string content("a\0b\r\n\xff", 6);
  write_file_atomically(scratch / "file", content);
  CHECK(read_text_file(scratch / "file", 6) == content);
  CHECK(file_size(scratch / "file") == 6);
  write_file_atomically(scratch / "file", std::string_view());
  CHECK(read_file(scratch / "file", 0).empty());

  const std::string large(1 << 20, 'x');
  write_file_atomically(scratch / "file", large);
  CHECK(read_text_file(scratch / "file", large.size()) == large);
  CHECK(scratch.names() == std::vector<std::string>{"file"});
}

TEST_CASE("files: a file without a size is read to its end") {
  CHECK(read_text_file("/proc/self/status", 1 << 20).starts_with("Name:"));
  CHECK(data_error([] { read_file("/dev/zero", 100000); }) ==
        "/dev/zero: has more than the 100000 bytes accepted here");
}

TEST_CASE("files: reading says which file and why not") {
  const Scratch scratch;
  const std::string missing = scratch / "missing";
  CHECK(data_error([&] { read_file(missing, 10); }) == missing + ": cannot open: No such file or directory");
  CHECK(data_error([&] { file_size(missing); }) == missing + ": cannot open: No such file or directory");
  CHECK(data_error([&] { read_file(scratch / "", 10); }) ==
        (scratch / "") + ": is a directory, expected a file");
  write_file_atomically(scratch / "long", "12345");
  CHECK(data_error([&] { read_file(scratch / "long", 4); }) ==
        (scratch / "long") + ": has 5 bytes, more than the 4 accepted here");
}

TEST_CASE("files: a write that fails leaves the old file and no other") {
  const Scratch scratch;
  const std::string path = scratch / "model";
  write_file_atomically(path, "the old bytes");
  {
    const FileSizeLimit limit(1000);
    CHECK(data_error([&] { write_file_atomically(path, std::string(5000, 'x')); }) ==
          path + ": cannot write: File too large");
  }
  CHECK(read_text_file(path, 100) == "the old bytes");
  CHECK(scratch.names() == std::vector<std::string>{"model"});
}

TEST_CASE("files: an atomic write replaces files only") {
  const Scratch scratch;
  REQUIRE(mkfifo((scratch / "pipe").c_str(), 0600) == 0);
  CHECK(data_error([&] { write_file_atomically(scratch / "pipe", "x"); }) ==
        (scratch / "pipe") + ": cannot write: it exists and is not a regular file");
  std::filesystem::create_directory(scratch / "folder");
  CHECK(data_error([&] { write_file_atomically(scratch / "folder", "x"); }) ==
        (scratch / "folder") + ": cannot write: it exists and is a directory");
  CHECK(data_error([&] { write_file_atomically(scratch / "missing/file", "x"); }) ==
        (scratch / "missing/file") + ": cannot open: No such file or directory");
  CHECK(std::filesystem::is_fifo(scratch / "pipe"));
  CHECK(scratch.names() == std::vector<std::string>{"folder", "pipe"});
}

TEST_CASE("files: partial files of killed processes are swept away, others are left alone") {
  const Scratch scratch;
  const std::string own = scratch / text("model.partial-", getpid());
  for (const std::string& stale : {own, scratch / "model.partial-1", scratch / "model.partial-999999999"})
    write_file_atomically(stale, "much longer than the new content");
  write_file_atomically(scratch / "model2.partial-1", "of another file");
  write_file_atomically(scratch / "model.partial-notes", "somebody's");
  write_file_atomically(scratch / "model.partial-2", "still being written");
  Descriptor writer(scratch / "model.partial-2", O_WRONLY);
  writer.lock();
  write_file_atomically(scratch / "model", "new");
  CHECK(read_text_file(scratch / "model", 100) == "new");
  CHECK(scratch.names() ==
        std::vector<std::string>{"model", "model.partial-2", "model.partial-notes", "model2.partial-1"});
}

TEST_CASE("files: a symbolic link stays, and what it points to is written") {
  const Scratch scratch;
  write_file_atomically(scratch / "model", "old");
  std::filesystem::create_symlink("model", scratch / "link");
  std::filesystem::create_symlink("nothing", scratch / "dangling");
  write_file_atomically(scratch / "link", "new");
  CHECK(std::filesystem::is_symlink(scratch / "link"));
  CHECK(read_text_file(scratch / "model", 100) == "new");
  CHECK(data_error([&] {
          write_file_atomically(scratch / "dangling", "x");
        }).find("dangling: cannot write: it is a symbolic link to nothing") != std::string::npos);
}

TEST_CASE("files: processes that write the same file at once all succeed, and one of them wins") {
  const Scratch scratch;
  std::vector<pid_t> writers;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    writers.push_back(fork());
    REQUIRE(writers.back() >= 0);
    if (writers.back() > 0) continue;
    try {
      for (int i = 0; i < 50; ++i) write_file_atomically(scratch / "levels.csv", std::string(5000, letter));
    } catch (const Error&) {
      _exit(1);
    }
    _exit(0);
  }
  for (const pid_t writer : writers) {
    int status = -1;
    waitpid(writer, &status, 0);
    CHECK(status == 0);
  }
  const std::string left = read_text_file(scratch / "levels.csv", 10'000);
  CHECK(left == std::string(5000, left[0]));
  CHECK(scratch.names() == std::vector<std::string>{"levels.csv"});
}

TEST_CASE("files: writers with one process number, as on two machines, do not mix their bytes") {
  const Scratch scratch;
  const std::string path = scratch / "levels.csv";
  write_file_atomically(path, std::string(100'000, 'a'));
  std::atomic<int> failures = 0;
  std::vector<std::thread> writers;
  for (char letter = 'a'; letter < 'd'; ++letter)
    writers.emplace_back([&, letter] {
      try {
        for (int i = 0; i < 40; ++i) {
          write_file_atomically(path, std::string(100'000, letter));
          const std::string now = read_text_file(path, 200'000);
          if (now != std::string(100'000, now[0])) ++failures;
        }
      } catch (const Error&) {
        ++failures;
      }
    });
  for (std::thread& writer : writers) writer.join();
  CHECK(failures == 0);
  CHECK(scratch.names() == std::vector<std::string>{"levels.csv"});
}

TEST_CASE("files: directories are made with their parents, or the reason is told") {
  const Scratch scratch;
  make_directory(scratch / "a/b/c");
  make_directory(scratch / "a/b/c");
  CHECK(std::filesystem::is_directory(scratch / "a/b/c"));
  write_file_atomically(scratch / "file", "x");
  CHECK(data_error([&] { make_directory(scratch / "file"); }).starts_with(scratch / "file"));
  CHECK(data_error([&] { make_directory(scratch / "file/inside"); }) ==
        (scratch / "file/inside") + ": cannot create this directory: Not a directory");
  CHECK(data_error([] { make_directory("/proc/pare"); }) ==
        "/proc/pare: cannot create this directory: No such file or directory");
}

TEST_CASE("files: appended lines are there at once, and a resumed file is cut back") {
  const Scratch scratch;
  const std::string path = scratch / "metrics.jsonl";
  AppendFile file(path);
  file.append("one");
  file.append("");
  CHECK(read_text_file(path, 100) == "one\n\n");
  const uint64_t checkpoint = file.size();
  file.append("two");

  AppendFile resumed(path);
  CHECK(resumed.size() == 9);
  resumed.truncate(checkpoint);
  resumed.append("three");
  resumed.sync();
  CHECK(read_text_file(path, 100) == "one\n\nthree\n");
  CHECK(data_error([&] { resumed.truncate(12); }) ==
        path + ": has 11 bytes, expected at least 12; lines were lost");
  CHECK_THROWS_AS(resumed.append("two\nlines"), Error);
}

TEST_CASE("files: a line that does not fit leaves no half of it") {
  const Scratch scratch;
  const std::string path = scratch / "metrics.jsonl";
  AppendFile file(path);
  file.append("one");
  {
    const FileSizeLimit limit(10);
    CHECK(data_error([&] { file.append("a line of some length"); }) ==
          path + ": cannot write: File too large");
  }
  CHECK(read_text_file(path, 100) == "one\n");
  file.append("two");
  CHECK(read_text_file(path, 100) == "one\ntwo\n");
  CHECK(data_error([] { AppendFile("/dev/full").append("x"); }) ==
        "/dev/full: cannot write: No space left on device");
}

TEST_CASE("files: numbers are little-endian and reading stops at the end") {
  ByteWriter writer;
  writer.u8(0x01);
  writer.u32(0x05040302);
  writer.u64(0x0d0c0b0a09080706);
  writer.put_text("end  ");
  REQUIRE(writer.bytes().size() == 18);
  for (uint8_t i = 0; i < 13; ++i) CHECK(writer.bytes()[i] == i + 1);

  ByteReader reader(writer.bytes(), "some.file");
  CHECK(reader.u8() == 0x01);
  CHECK(reader.u32() == 0x05040302);
  CHECK(reader.u64() == 0x0d0c0b0a09080706);
  CHECK(reader.take_text(3) == "end");
  CHECK(data_error([&] { reader.u32(); }) ==
        "some.file: truncated at byte 18: 4 bytes should follow byte 16");
  CHECK_THROWS_AS(reader.take(~uint64_t{0}), Error);
  CHECK(reader.take(2).size() == 2);
  CHECK(reader.remaining() == 0);
}

TEST_CASE("files: the checksum is zip's") {
  CHECK(crc32_of(bytes_of("123456789")) == 0xCBF43926u);
  CHECK(crc32_of({}) == 0);
}

TEST_CASE("files: a file that is replaced keeps its permissions, and a new one has the usual ones") {
  const Scratch scratch;
  const std::string path = scratch / "secret";
  const auto mode = [&](const std::string& file) {
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777u;
  };
  write_file_atomically(path, "one");
  const mode_t mask = umask(0);
  umask(mask);
  CHECK(mode(path) == (0666u & ~mask));
  for (const mode_t wanted : {0600u, 0640u, 0664u}) {
    REQUIRE(chmod(path.c_str(), wanted) == 0);
    write_file_atomically(path, "two");
    CHECK(mode(path) == wanted);
    CHECK(read_text_file(path, 100) == "two");
  }
  if (geteuid() != 0) return;  // nobody else may give files away
  REQUIRE(chown(path.c_str(), 1234, 2345) == 0);
  write_file_atomically(path, "three");
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK(status.st_uid == 1234);
  CHECK(status.st_gid == 2345);
  CHECK(mode(path) == 0664u);
}
