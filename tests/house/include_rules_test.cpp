// The house rules, checked by reading the sources: who may include whom, and how long a file may be.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

using std::string;
using std::vector;
namespace fs = std::filesystem;

namespace {

const vector<string> kFolders = {"framework", "layers", "optim", "compress", "train",
                                 "deploy",    "cli",    "tests", "bench"};

// What the files below `folder` may include of ours, besides `folder` itself. The first row that fits counts.
struct Floor {
  string folder;
  vector<string> may_include;
};
const vector<Floor> kFloors = {
    {"framework/base/", {}},
    {"framework/parallel/", {"framework/base/"}},
    {"framework/tensor/", {"framework/base/", "framework/parallel/"}},
    {"framework/json/", {"framework/base/"}},
    {"framework/config/", {"framework/base/", "framework/json/"}},
    {"framework/files/", {"framework/base/", "framework/tensor/", "framework/json/"}},
    {"framework/kernels/", {"framework/base/", "framework/parallel/", "framework/tensor/"}},
    {"framework/autograd/",
     {"framework/base/", "framework/parallel/", "framework/tensor/", "framework/kernels/"}},
    {"framework/data/",
     {"framework/base/", "framework/parallel/", "framework/tensor/", "framework/json/", "framework/config/",
      "framework/files/"}},
    {"layers/", {"framework/"}},
    {"optim/", {"framework/"}},
    {"compress/", {"framework/", "layers/", "optim/"}},
    {"train/", {"framework/", "layers/", "optim/", "compress/"}},
    {"deploy/", {"framework/", "layers/", "optim/", "compress/"}},
    {"cli/", {"framework/", "layers/", "optim/", "compress/", "train/", "deploy/"}},
    {"tests/", {"framework/", "layers/", "optim/", "compress/", "train/", "deploy/", "cli/"}},
    {"bench/", {"framework/", "layers/", "optim/", "compress/", "train/"}},
};

// Which files may include headers that are not ours: a pattern for the header, one for the file.
struct Foreign {
  string header;
  string file;
  string where;  // the second pattern in words
};
const vector<Foreign> kForeign = {
    {R"((oneapi/)?dnnl/.*|dnnl.*)", R"(framework/kernels/onednn/.*\.(cpp|h))", "framework/kernels/onednn/"},
    {R"(omp\.h)", R"(framework/parallel/threads\.cpp|tests/.*)", "framework/parallel/threads.cpp and tests/"},
    {R"(nlohmann/.*)", R"(framework/json/.*\.cpp|tests/.*)", "the .cpp files of framework/json/, and tests/"},
    {R"(zlib\.h)", R"(framework/(data|files)/.*\.cpp|tests/.*)",
     "the .cpp files of framework/data/ and framework/files/, and tests/"},
    {R"(csv\.h)", R"(framework/data/formats/csv\.cpp)", "framework/data/formats/csv.cpp"},
    {R"(zip\.h)", R"(framework/data/formats/npz\.cpp|tests/.*)", "framework/data/formats/npz.cpp and tests/"},
    {R"(png\.h)", R"(framework/data/formats/png\.cpp|tests/.*)", "framework/data/formats/png.cpp and tests/"},
    {R"(jpeglib\.h|jerror\.h)", R"(framework/data/formats/jpeg\.cpp|tests/.*)",
     "framework/data/formats/jpeg.cpp and tests/"},
    {R"(sndfile\.h)", R"(framework/data/formats/sound_file\.cpp|tests/.*)",
     "framework/data/formats/sound_file.cpp and tests/"},
    {R"(kissfft/.*)", R"(framework/data/sound/spectrum\.cpp)", "framework/data/sound/spectrum.cpp"},
    {R"(CLI/.*)", R"(cli/(main|command_line|command_tree)\.cpp)",
     "main.cpp, command_line.cpp and command_tree.cpp of cli/"},
    {R"(doctest/.*|rapidcheck.*)", R"(tests/.*)", "tests/"},
    {R"(benchmark/.*)", R"(bench/.*)", "bench/"},
    // The C++ library, POSIX and the compiler's own.
    {R"([a-z0-9_]+|(sys|linux)/.*|(unistd|fcntl|sched|malloc|pthread|signal|termios|poll|dirent|regex|time|math|stdlib|stdio|string|[a-z]*intrin)\.h)",
     ".*", ""},
};

bool matches(const string& text, const string& pattern) {
  return std::regex_match(text, std::regex(pattern));
}

bool below_any(const string& path, const vector<string>& folders) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](const string& folder) { return path.starts_with(folder); });
}

string joined(const vector<string>& words) {
  string text;
  for (const string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// The rule that `file` breaks with this include, in words; empty when it breaks none.
string broken_rule(const string& file, const string& header, char quote) {
  if (quote == '<') {
    for (const Foreign& rule : kForeign)
      if (matches(header, rule.header))
        return matches(file, rule.file) ? "" : "only " + rule.where + " may include this header";
    return "no rule knows this header: a new dependency needs a row in this test and in docs/dependencies.md";
  }
  if (!fs::exists(fs::path(PARE_SOURCE_DIR) / header))
    return "an include in quotes is the path of one of our files, from the root of the repository";
  for (const Floor& floor : kFloors)
    if (file.starts_with(floor.folder)) {
      if (header.starts_with("framework/kernels/onednn/") && !file.starts_with("framework/kernels/onednn/"))
        return "the headers of framework/kernels/onednn/ are private to that folder";
      if (header.starts_with(floor.folder) || below_any(header, floor.may_include)) return "";
      return floor.folder + " may include " + joined(floor.may_include) +
             (floor.may_include.empty() ? "only " : " and ") + "itself";
    }
  return "no rule knows the folder of this file: give it a row in this test";
}

struct SourceFile {
  string path;  // from the root of the repository
  vector<string> lines;
};

vector<SourceFile> all_sources() {
  vector<SourceFile> sources;
  for (const string& folder : kFolders) {
    if (!fs::exists(fs::path(PARE_SOURCE_DIR) / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(PARE_SOURCE_DIR) / folder)) {
      const string extension = entry.path().extension().string();
      if (extension != ".cpp" && extension != ".h") continue;
      SourceFile source{fs::relative(entry.path(), PARE_SOURCE_DIR).generic_string(), {}};
      std::ifstream in(entry.path());
      for (string line; std::getline(in, line);) source.lines.push_back(line);
      sources.push_back(std::move(source));
    }
  }
  return sources;
}

// How many floors lie below this one, at most.
int level_of(const Floor& floor) {
  int level = 0;
  for (const Floor& other : kFloors)
    for (const string& below : floor.may_include)
      if (other.folder != floor.folder && other.folder.starts_with(below))
        level = std::max(level, level_of(other) + 1);
  return level;
}

// The table as a picture: a box a floor, above all that it may include, which it names.
string picture_of_floors() {
  constexpr int kWidth = 250, kHeight = 52, kGap = 14;
  std::map<int, vector<const Floor*>> rows;
  for (const Floor& floor : kFloors)
    if (floor.folder != "tests/" && floor.folder != "bench/") rows[level_of(floor)].push_back(&floor);
  size_t most = 0;
  for (const auto& [level, floors] : rows) most = std::max(most, floors.size());
  const int width = static_cast<int>(most) * (kWidth + kGap) + kGap;
  const int height = static_cast<int>(rows.size()) * (kHeight + kGap) + kGap;
  std::ostringstream svg;
  svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width << "\" height=\"" << height
      << "\" font-family=\"sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  int y = height;
  for (const auto& [level, floors] : rows) {
    y -= kHeight + kGap;
    int x = (width - static_cast<int>(floors.size()) * (kWidth + kGap) + kGap) / 2;
    for (const Floor* floor : floors) {
      const string below =
          std::regex_replace(joined(floor->may_include), std::regex("framework/([a-z])"), "$1");
      svg << "<rect x=\"" << x << "\" y=\"" << y << "\" width=\"" << kWidth << "\" height=\"" << kHeight
          << "\" rx=\"6\" fill=\"#eef3f8\" stroke=\"#5b7a99\"/>\n<text x=\"" << x + kWidth / 2 << "\" y=\""
          << y + 22 << "\" text-anchor=\"middle\" font-size=\"14\">" << floor->folder << "</text>\n<text x=\""
          << x + kWidth / 2 << "\" y=\"" << y + 40
          << "\" text-anchor=\"middle\" font-size=\"9\" fill=\"#556\">" << below << "</text>\n";
      x += kWidth + kGap;
    }
  }
  return svg.str() + "</svg>\n";
}

}  // namespace

TEST_CASE("house: every include goes down the floors, and foreign headers stay in their places") {
  const std::regex include(R"re(\s*#\s*include\s*([<"])([^>"]+)[>"].*)re");
  int includes = 0;
  for (const SourceFile& source : all_sources()) {
    for (size_t i = 0; i < source.lines.size(); ++i) {
      std::smatch found;
      if (source.lines[i].find('#') == string::npos || !std::regex_match(source.lines[i], found, include))
        continue;
      ++includes;
      const string rule = broken_rule(source.path, found[2], found[1].str()[0]);
      CHECK_MESSAGE(rule.empty(), source.path << ":" << i + 1 << ": " << source.lines[i] << ": " << rule);
    }
  }
  CHECK(includes > 50);  // the sources were really read
}

TEST_CASE("house: no source file is longer than 400 lines, and every header says what it is") {
  for (const SourceFile& source : all_sources()) {
    CHECK_MESSAGE(source.lines.size() <= 400,
                  source.path << " has " << source.lines.size()
                              << " lines, at most 400 are read in one sitting: cut it by idea");
    if (source.path.ends_with(".h")) {
      CHECK_MESSAGE((!source.lines.empty() && source.lines[0].starts_with("// ")),
                    source.path << ":1: a header starts with a comment that says what it is");
    }
  }
}

TEST_CASE("house: the rules refuse what they should and allow what they should") {
  const string error = "framework/base/error.h";
  CHECK(broken_rule("framework/kernels/relu.cpp", error, '"') == "");
  CHECK(broken_rule("layers/mixing/conv2d.h", error, '"') == "");
  CHECK(broken_rule("tests/framework/rng_test.cpp", "tests/main.cpp", '"') == "");
  CHECK(broken_rule("compress/pack.cpp", "optim/optimizer.h", '"') == "");
  CHECK(broken_rule("optim/rules/sgd.cpp", "layers/layer.h", '"') ==
        "optim/ may include framework/ and itself");
  CHECK(broken_rule("framework/base/rng.h", error, '"') == "");
  for (const string upper : {"layers/layer.h", "cli/main.cpp", "tests/main.cpp"})
    CHECK(broken_rule("framework/base/rng.cpp", upper, '"') == "framework/base/ may include only itself");
  CHECK(broken_rule("layers/mixing/conv2d.h", "compress/method.h", '"') != "");
  CHECK(broken_rule("cli/commands/train.cpp", "tests/main.cpp", '"') != "");
  CHECK(broken_rule("layers/mixing/conv2d.cpp", "framework/kernels/onednn/engine.h", '"') != "");
  CHECK(broken_rule("framework/base/rng.cpp", "rng.h", '"') != "");   // not from the root
  CHECK(broken_rule("framework/novel/thing.cpp", error, '"') != "");  // a folder without a row

  CHECK(broken_rule("layers/mixing/conv2d.h", "unordered_map", '<') == "");
  CHECK(broken_rule("framework/kernels/onednn/pooling.cpp", "oneapi/dnnl/dnnl.hpp", '<') == "");
  CHECK(broken_rule("layers/mixing/conv2d.cpp", "oneapi/dnnl/dnnl.hpp", '<') ==
        "only framework/kernels/onednn/ may include this header");
  CHECK(broken_rule("framework/json/json_parse.cpp", "nlohmann/json.hpp", '<') == "");
  CHECK(broken_rule("framework/json/json.h", "nlohmann/json.hpp", '<') != "");
  CHECK(broken_rule("cli/commands/train.cpp", "nlohmann/json.hpp", '<') != "");
  CHECK(broken_rule("cli/main.cpp", "CLI/CLI.hpp", '<') == "");
  CHECK(broken_rule("cli/commands/train.cpp", "CLI/CLI.hpp", '<') != "");
  CHECK(broken_rule("framework/data/formats/gzip_file.cpp", "zlib.h", '<') == "");
  CHECK(broken_rule("framework/data/formats/gzip_file.h", "zlib.h", '<') != "");
  CHECK(broken_rule("framework/data/formats/csv.cpp", "csv.h", '<') == "");
  CHECK(broken_rule("framework/data/formats/npz.cpp", "zip.h", '<') == "");
  CHECK(broken_rule("framework/data/formats/npz.h", "zip.h", '<') != "");
  CHECK(broken_rule("framework/data/formats/png.cpp", "png.h", '<') == "");
  CHECK(broken_rule("framework/data/formats/png.h", "png.h", '<') != "");
  CHECK(broken_rule("framework/data/formats/jpeg.cpp", "jpeglib.h", '<') == "");
  CHECK(broken_rule("framework/data/formats/png.cpp", "jpeglib.h", '<') != "");
  CHECK(broken_rule("framework/data/formats/sound_file.cpp", "sndfile.h", '<') == "");
  CHECK(broken_rule("framework/data/formats/sound_file.h", "sndfile.h", '<') != "");
  CHECK(broken_rule("framework/data/sound/spectrum.cpp", "kissfft/kiss_fftr.h", '<') == "");
  CHECK(broken_rule("framework/parallel/threads.cpp", "omp.h", '<') == "");
  CHECK(broken_rule("optim/rules/sgd.cpp", "omp.h", '<') != "");
  CHECK(broken_rule("layers/mixing/conv2d.cpp", "Eigen/Dense", '<') != "");  // nobody's
}

// PARE_WRITE_PICTURES=1 makes it anew.
TEST_CASE("house: the picture of docs/architecture.md is that of the table of floors") {
  const string path = string(PARE_SOURCE_DIR) + "/docs/images/floors.svg";
  const string picture = picture_of_floors();
  if (std::getenv("PARE_WRITE_PICTURES") != nullptr) std::ofstream(path) << picture;
  std::ifstream in(path);
  std::ostringstream found;
  found << in.rdbuf();
  CHECK(found.str() == picture);
}
