// Pare as others use it: installed, found by find_package, and the program of docs/library.md built and run.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/data_fixtures.h"
#include "tests/support/peers.h"
#include "tests/support/program.h"

using namespace pare;
namespace fs = std::filesystem;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// What the page shows in its n-th block of this language, counted from 0.
std::string block_of(const std::string& page, const std::string& language, int n = 0) {
  const std::string fence = "\n```" + language + "\n";
  size_t begin = page.find(fence);
  for (; n > 0; --n) begin = page.find(fence, begin + 1);
  REQUIRE(begin != std::string::npos);
  const size_t start = begin + fence.size();
  return page.substr(start, page.find("\n```", start) + 1 - start);
}

double accuracy_of(const std::string& folder, const std::string& model) {
  const Result eval = run_program(folder, {"eval", model, "--json"});
  CHECK(eval.exit_code == 0);
  const size_t accuracy = eval.out.find("\"test_accuracy\":");
  REQUIRE(accuracy != std::string::npos);
  return std::stod(eval.out.substr(accuracy + 16));
}

}  // namespace

TEST_SUITE("slow") {
  TEST_CASE("library: the programs of the docs build against an installed Pare, train and save") {
    if (kSanitized) {
      MESSAGE("skipped: a sanitized library asks the same of the programs that use it");
      return;
    }
    const TemporaryDirectory folder;
    const std::string page = contents(std::string(PARE_SOURCE_DIR) + "/docs/library.md");
    const std::string shrink = block_of(page, "cpp"), steps = block_of(page, "cpp", 1);
    CHECK(std::count(shrink.begin(), shrink.end(), '\n') < 30);
    CHECK(std::count(steps.begin(), steps.end(), '\n') < 40);
    const std::string lists = block_of(page, "cmake");
    folder.write("shrink.cpp", {shrink.begin(), shrink.end()});
    folder.write("steps.cpp", {steps.begin(), steps.end()});
    folder.write("CMakeLists.txt", {lists.begin(), lists.end()});

    const std::string prefix = folder.path() + "/prefix", build = folder.path() + "/build";
    const std::string built = fs::path(PARE_BINARY).parent_path().string();
    run_command("cmake --install " + quoted(built) + " --prefix " + quoted(prefix) + " | tail -1",
                folder.path());
    run_command("cmake -S " + quoted(folder.path()) + " -B " + quoted(build) +
                    " -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=" + quoted(prefix) + " | tail -1",
                folder.path());
    run_command("cmake --build " + quoted(build), folder.path());
    const std::string here = "cd " + quoted(folder.path()) + " && ";
    for (const char* program : {"/shrink", "/shrink", "/steps"})  // shrink again: nothing is left to do
      run_command(here + quoted(build + program), folder.path());

    // What they saved are models for everybody.
    CHECK(accuracy_of(folder.path(), "shrink/model.pare") > 0.6);
    CHECK(accuracy_of(folder.path(), "steps.pare") > 0.6);

    // No installed header brings in oneDNN's or nlohmann's, nor a file of the source folder.
    std::ostringstream all;
    int headers = 0;
    for (const auto& entry : fs::recursive_directory_iterator(prefix + "/include/pare"))
      if (entry.is_regular_file()) {
        all << "#include \"" << fs::relative(entry.path(), prefix + "/include/pare").string() << "\"\n";
        ++headers;
      }
    CHECK(headers > 50);
    const std::string includes = all.str();
    folder.write("all.cpp", {includes.begin(), includes.end()});
    run_command("c++ -std=c++20 -M -I " + quoted(prefix + "/include/pare") + " " +
                    quoted(folder.path() + "/all.cpp") + " -o " + quoted(folder.path() + "/all.d"),
                folder.path());
    const std::string needs = contents(folder.path() + "/all.d");
    CHECK(needs.find("framework/tensor/tensor.h") != std::string::npos);
    for (const std::string foreign : {"dnnl", "nlohmann", "CLI/", "zlib.h", PARE_SOURCE_DIR "/"})
      CHECK_MESSAGE(needs.find(foreign) == std::string::npos, foreign);
  }
}
