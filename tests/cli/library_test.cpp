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

// What the page shows in its block of this language.
std::string block_of(const std::string& page, const std::string& language) {
  const std::string fence = "\n```" + language + "\n";
  const size_t begin = page.find(fence);
  REQUIRE(begin != std::string::npos);
  const size_t start = begin + fence.size();
  return page.substr(start, page.find("\n```", start) + 1 - start);
}

}  // namespace

TEST_SUITE("slow") {
  TEST_CASE("library: the program of the docs builds against an installed Pare, trains and saves") {
    if (kSanitized) {
      MESSAGE("skipped: a sanitized library asks the same of the programs that use it");
      return;
    }
    const TemporaryDirectory folder;
    const std::string page = contents(std::string(PARE_SOURCE_DIR) + "/docs/library.md");
    const std::string program = block_of(page, "cpp");
    CHECK(std::count(program.begin(), program.end(), '\n') < 60);
    const std::string lists = block_of(page, "cmake");
    folder.write("shrink.cpp", {program.begin(), program.end()});
    folder.write("CMakeLists.txt", {lists.begin(), lists.end()});

    const std::string prefix = folder.path() + "/prefix", build = folder.path() + "/build";
    const std::string built = fs::path(PARE_BINARY).parent_path().string();
    run_command("cmake --install " + quoted(built) + " --prefix " + quoted(prefix) + " | tail -1",
                folder.path());
    run_command("cmake -S " + quoted(folder.path()) + " -B " + quoted(build) +
                    " -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=" + quoted(prefix) + " | tail -1",
                folder.path());
    run_command("cmake --build " + quoted(build), folder.path());
    run_command("cd " + quoted(folder.path()) + " && " + quoted(build + "/shrink"), folder.path());

    // What it saved is a model for everybody.
    const Result eval = run_program(folder.path(), {"eval", "model.pare", "--json"});
    CHECK(eval.exit_code == 0);
    const size_t accuracy = eval.out.find("\"test_accuracy\":");
    REQUIRE(accuracy != std::string::npos);
    CHECK(std::stod(eval.out.substr(accuracy + 16)) > 0.6);

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
