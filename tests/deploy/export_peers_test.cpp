// Other programs read our exports and compute our scores: the scripts are in tests/peers/, `./pare test
// --peers` installs what they need. Each exits with 0 when all scores agree within 1e-4.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/peers.h"

using namespace pare;
using std::string;
namespace fs = std::filesystem;

namespace {

void run_node(const string& script, const string& arguments, const fs::path& folder) {
  REQUIRE_MESSAGE(std::getenv("PARE_NODE_MODULES") != nullptr,
                  "run this with ./pare test --peers, or set PARE_NODE_MODULES");
  run_command("NODE_PATH=\"$PARE_NODE_MODULES\" node " +
                  quoted(string(PARE_SOURCE_DIR) + "/tests/peers/" + script) + " " + arguments,
              folder);
}

// A network trained just long enough to be of some use, exported in every format, in a directory of its own.
class Exports {
 public:
  Exports(const string& network, const string& method, const string& rate = "0.001",
          const string& more = "") {
    string pattern = (fs::temp_directory_path() / "pare-export-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    pare("train " + quoted(string(PARE_SOURCE_DIR) + "/configs/quickstart.json") + " --threads 1 --out " +
         path("run") + " --set epochs=1 --set data.validation=40000 --set optimizer.lr=" + rate + " --set " +
         quoted("compress=" + method) + (network.empty() ? "" : " --set " + quoted("network=" + network)) +
         " " + more);
    const string model = path("run/model.pare");
    pare("eval " + model + " --images 100 --logits " + scores());
    pare("export " + model + " -o " + path("int8.onnx"));
    for (const string format : {"onnx-f32", "safetensors", "web"})
      pare("export " + model + " --format " + format + " -o " + path(format));
  }
  ~Exports() { fs::remove_all(folder_); }

  string path(const string& name) const { return quoted((folder_ / name).string()); }
  string scores() const { return path("scores.safetensors"); }

  // `int8_tensors`: how many the ONNX file holds; empty when that depends on the training.
  enum class Opencv { No, Yes };
  void read_by_all(const string& int8_tensors, Opencv opencv = Opencv::Yes) const {
    run_python("onnx_checker.py", path("int8.onnx") + " " + int8_tensors, folder_);
    run_python("onnx_checker.py", path("onnx-f32") + " 0", folder_);
    for (const string model : {"int8.onnx", "onnx-f32"})
      run_node("onnxruntime.cjs", path(model) + " " + scores(), folder_);
    if (opencv == Opencv::Yes) run_python("opencv_dnn.py", path("onnx-f32") + " " + scores(), folder_);
    run_python("pytorch.py", path("safetensors") + " " + scores(), folder_);
  }
  void has_unequal_sums() const {
    std::ifstream in(folder_ / "safetensors", std::ios::binary);
    REQUIRE(string(std::istreambuf_iterator<char>(in), {}).find("carried") != string::npos);
  }
  void opened_in_chromium() const { run_node("web_demo.cjs", path("web") + " " + scores(), folder_); }

 private:
  void pare(const string& arguments) const { run_command(string(PARE_BINARY) + " " + arguments, folder_); }

  fs::path folder_;
};

constexpr const char* kLenet5 = "";  // the quickstart's
constexpr const char* kLenet300 =
    R"([{"layer":"flatten"},{"layer":"linear","features":300},{"layer":"relu"},)"
    R"({"layer":"linear","features":100},{"layer":"relu"},{"layer":"linear","features":10}])";
constexpr const char* kEveryLayer =
    R"([{"layer":"conv2d","channels":12,"kernel":3,"stride":2,"padding":1},{"layer":"relu"},)"
    R"({"layer":"max_pool","size":3,"stride":2,"padding":1},{"layer":"dropout","rate":0.1},)"
    R"({"layer":"conv2d","channels":16,"kernel":3,"padding":2,"dilation":2,"bias":false},{"layer":"relu"},)"
    R"({"layer":"average_pool","size":3,"stride":1,"padding":1},)"
    R"({"layer":"conv2d","channels":16,"kernel":[1,3],"padding":[0,2],"dilation":[1,2]},{"layer":"relu"},)"
    R"({"layer":"conv2d","channels":16,"kernel":[3,1],"stride":[1,2],"padding":[1,0]},{"layer":"relu"},)"
    R"({"layer":"max_pool","size":[2,1],"stride":[1,1]},{"layer":"average_pool","size":[1,2],"stride":1},)"
    R"({"layer":"conv2d","channels":16,"padding":1,"groups":0},{"layer":"relu"},)"
    R"({"layer":"conv2d","channels":24,"kernel":2,"groups":4},{"layer":"relu"},)"
    R"({"layer":"global_average_pool"},{"layer":"linear","features":10}])";
// Batch norm that folds, batch norm behind a pool that does not, shortcuts with and without a convolution.
constexpr const char* kResidual =
    R"([{"layer":"conv2d","channels":12,"padding":1,"bias":false},{"layer":"batch_norm"},{"layer":"relu"},)"
    R"({"layer":"max_pool"},{"layer":"residual","body":[{"layer":"gate"},)"
    R"({"layer":"conv2d","channels":12,"padding":1,"bias":false},{"layer":"batch_norm","eps":0.001},{"layer":"relu"},)"
    R"({"layer":"conv2d","channels":12,"padding":1,"bias":false},{"layer":"batch_norm"}],"shortcut":[{"layer":"gate"}]},{"layer":"relu"},)"
    R"({"layer":"residual","body":[)"
    R"({"layer":"conv2d","channels":16,"stride":2,"padding":1,"bias":false},{"layer":"batch_norm"},{"layer":"relu"},)"
    R"({"layer":"conv2d","channels":16,"padding":1,"bias":false},{"layer":"batch_norm"}],)"
    R"("shortcut":[{"layer":"conv2d","channels":16,"kernel":1,"stride":2,"bias":false},{"layer":"batch_norm"}]},)"
    R"({"layer":"relu"},{"layer":"max_pool"},{"layer":"batch_norm"},)"
    R"({"layer":"global_average_pool"},{"layer":"linear","features":10}])";
constexpr const char* kBranches =
    R"([{"layer":"conv2d","name":"a","channels":8,"padding":1},{"layer":"relu","name":"ra"},)"
    R"({"layer":"conv2d","name":"b","channels":6,"padding":1,"inputs":["ra"]},)"
    R"({"layer":"max_pool","name":"c","size":3,"stride":1,"padding":1,"inputs":["ra"]},)"
    R"({"layer":"concat","inputs":["b","ra","c"]},{"layer":"relu"},{"layer":"max_pool"},)"
    R"({"layer":"conv2d","channels":12,"padding":1},{"layer":"relu"},)"
    R"({"layer":"global_average_pool"},{"layer":"linear","features":10}])";
constexpr const char* kShrinking = R"({"method":"self_compress","bits":6,"gamma":0.5,"rate":0.1,"warmup":0})";
constexpr const char* kMild = R"({"method":"self_compress","bits":6,"gamma":0.006,"rate":0.001,"warmup":0})";
constexpr const char* kGentle =
    R"({"method":"self_compress","bits":6,"gamma":0.001,"rate":0.001,"warmup":0})";
constexpr const char* kDense = R"({"method":"none"})";

}  // namespace

TEST_SUITE("peers") {
  TEST_CASE("export: a self-compressed LeNet-5 gives our scores everywhere") {
    const Exports exports(kLenet5, kShrinking);
    exports.read_by_all("4");
    exports.opened_in_chromium();
  }
  TEST_CASE("export: a dense LeNet-5 gives our scores everywhere") {
    Exports(kLenet5, kDense).read_by_all("0");
  }
  TEST_CASE("export: a self-compressed LeNet-300-100 gives our scores everywhere") {
    const Exports exports(kLenet300, kShrinking);
    exports.read_by_all("3");
    exports.opened_in_chromium();
  }
  TEST_CASE("export: a dense LeNet-300-100 gives our scores everywhere") {
    Exports(kLenet300, kDense).read_by_all("0");
  }
  TEST_CASE("export: strides, padding, dilation, groups and every layer mean the same everywhere") {
    const Exports exports(kEveryLayer, kGentle, "0.01");
    exports.read_by_all("");
    exports.opened_in_chromium();
  }
  // A number near the middle between two integers may go to the one here and to the other there, by which
  // scores differ more than by rounding: by little where steps are small, and by about a step of 8 bits.
  TEST_CASE("export: quantised activations mean the same everywhere") {
    for (const auto& [bits, tolerance] : {std::pair{"16", "2e-3"}, std::pair{"8", "0.2"}}) {
      setenv("PARE_TOLERANCE", tolerance, 1);
      const Exports exports(kResidual, kGentle, "0.01",
                            string("--set activations.images=") + bits + " --set activations.bits=" + bits);
      exports.read_by_all("", Exports::Opencv::No);  // whose Clip is of an older opset
      exports.opened_in_chromium();
      unsetenv("PARE_TOLERANCE");
    }
  }
  TEST_CASE("export: branches that are put behind each other mean the same everywhere") {
    const Exports exports(kBranches, kMild, "0.01");
    exports.read_by_all("");
    exports.opened_in_chromium();
  }
  TEST_CASE("export: batch norm and shortcuts mean the same everywhere") {
    const Exports exports(kResidual, kDense, "0.01");
    exports.read_by_all("0");
    exports.opened_in_chromium();
  }
  TEST_CASE("export: sums of what is left of their inputs mean the same everywhere") {
    const Exports exports(kResidual, kShrinking, "0.01");
    exports.has_unequal_sums();
    exports.read_by_all("");
    exports.opened_in_chromium();
  }
}
