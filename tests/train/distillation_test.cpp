// Distillation as a user meets it: runs with a teacher.
#include <doctest/doctest.h>

#include <filesystem>

#include "framework/config/config.h"
#include "framework/files/file.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "tests/support/training_runs.h"
#include "train/config/config_file.h"
#include "train/experiment.h"

using namespace pare;

namespace {

using Arguments = TrainingRuns::Arguments;

struct School : TrainingRuns {
  // A dense network in the directory "dense".
  void train_teacher(const Arguments& more = {}) const {
    Arguments arguments{"--set", R"(compress={"method":"none"})", "--set", "epochs=6"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    train_well("dense", arguments);
  }
  void refuses(const Arguments& more, int exit_code, const Arguments& says) const {
    const Result result = train("refused", more);
    CHECK_MESSAGE(result.exit_code == exit_code, result.out, result.err);
    for (const std::string& part : says)
      CHECK_MESSAGE(contains(result.err, part), result.err, " lacks ", part);
    CHECK(!std::filesystem::exists(path("refused")));
  }
  // The experiment of tiny.json with such changes.
  Experiment experiment(const Arguments& overrides) const {
    Arguments all(overrides);
    return {load_run_config(path("tiny.json"), all), path("data")};
  }
};

const std::string kTaught = R"(teacher={"model":"dense","temperature":3,"weight":0.8})";

}  // namespace

TEST_CASE("distillation: a network learns from its teacher alone, and the accounts show what that costs") {
  const School place;
  place.train_teacher();
  place.train_well("alone", {"--set", R"(teacher={"model":"dense","weight":1})", "--set", "epochs=8"});
  CHECK(place.json("alone/summary.json").find("test_accuracy")->number() > 0.9);

  // Two epochs, nothing compressed: the dense run's operations and the teacher's forward pass besides.
  const Arguments two{"--set", R"(compress={"method":"none"})", "--set", "epochs=2"};
  Arguments taught(two);
  taught.insert(taught.end(), {"--set", R"(teacher={"model":"dense/model.pare"})"});
  place.train_well("plain", two);
  place.train_well("taught", taught);
  const Json plain = place.json("plain/summary.json"), with = place.json("taught/summary.json");
  CHECK(with.find("train_flops_dense")->integer() == plain.find("train_flops_dense")->integer());
  const Experiment experiment = place.experiment({});
  const int64_t forward = 2 * const_cast<Experiment&>(experiment).network().multiply_adds();
  CHECK(with.find("train_flops")->integer() - plain.find("train_flops")->integer() == 2 * 350 * forward);
}

TEST_CASE("distillation: the loss of a step is that of the formula") {
  const School place;
  place.train_teacher();
  Experiment student = place.experiment(
      {R"(teacher={"model":")" + place.path("dense") + R"(","temperature":3,"weight":0.8,"fade":true})"});
  const Context::Scope scope(student.context());
  const Teacher& teacher = *student.teacher();
  const Batch batch = student.training_batches().get(0, 0);
  const Position half{50, 100, 10};
  CHECK(teacher.weight({0, 100, 10}) == doctest::Approx(0.8));
  CHECK(teacher.weight(half) == doctest::Approx(0.4));
  Tape tape(Recording::Off);
  const Var outputs = Tape::constant(Tensor::full(Shape{25, 10}, 0.5f));
  const Var own = student.task().loss(tape, outputs, batch);
  const Tensor targets = teacher.targets(batch);
  const float imitation = student.task().imitation_loss(tape, outputs, targets, 3).value.item();
  const float guided = teacher.guided(tape, own, outputs, batch, half).value.item();
  CHECK(guided == doctest::Approx(0.6f * own.value.item() + 0.4f * imitation).epsilon(1e-6));
  for (int64_t n = 0; n < 25; ++n) {
    double sum = 0;
    for (int64_t k = 0; k < 10; ++k) sum += targets.floats()[n * 10 + k];
    CHECK(sum == doctest::Approx(1));
  }
}

TEST_CASE("distillation: several teachers are averaged, and each gets inputs as it knows them") {
  const School place;
  place.train_teacher();
  place.train_well("raw", {"--set", R"(compress={"method":"none"})", "--set", "epochs=2", "--set",
                           "data.normalise=false"});
  const std::string a = place.path("dense/model.pare"), b = place.path("raw/checkpoint.safetensors");
  const auto taught_by = [&](const std::string& models) {
    return place.experiment({R"(teacher={"temperature":2,"model":)" + models + "}"});
  };
  Experiment first = taught_by('"' + a + '"'), second = taught_by('"' + b + '"');
  Experiment both = taught_by("[\"" + a + "\",\"" + b + "\"]");
  const Context::Scope scope(both.context());
  const Batch batch = both.training_batches().get(0, 0);
  const Tensor one = first.teacher()->targets(batch), other = second.teacher()->targets(batch),
               mean = both.teacher()->targets(batch);
  for (int64_t i = 0; i < mean.size(); ++i)
    CHECK(mean.floats()[i] == doctest::Approx((one.floats()[i] + other.floats()[i]) / 2).epsilon(1e-5));
  CHECK(both.teacher()->flops() == 2 * first.teacher()->flops());
  CHECK(both.teacher()->fingerprint() != first.teacher()->fingerprint());

  // The second was trained on inputs that were not normalised: the same images, as it saw them.
  Experiment as_it_was = place.experiment({"data.normalise=false"});
  const Batch raw = as_it_was.training_batches().get(0, 0);
  const ModelFile model = open_model(b, "");
  const Tensor outputs = Executor(*model.network, DType::F32).run(raw.inputs);
  const Tensor expected = both.task().soft_targets(outputs, 2);
  for (int64_t i = 0; i < mean.size(); ++i)
    CHECK(other.floats()[i] == doctest::Approx(expected.floats()[i]).epsilon(1e-4));
}

TEST_CASE("distillation: killed and resumed, and on any number of threads, it ends in the same bytes") {
  const School place;
  place.train_teacher();
  place.train_well("whole", {"--set", kTaught, "--threads", "1"});
  const std::string whole = contents(place.path("whole/model.pare"));
  for (const char* const threads : {"2", "3"}) {
    const std::string out = std::string("threads") + threads;
    place.train_well(out, {"--set", kTaught, "--threads", threads});
    CHECK(contents(place.path(out + "/model.pare")) == whole);
  }
  Program program(place.directory.path(), place.training("cut", {"--set", kTaught, "--threads", "1"}));
  program.signal_at(place.path("cut/metrics.jsonl"), 2, SIGKILL);
  program.wait();
  const std::string model = contents(place.path("dense/model.pare"));
  std::filesystem::copy(place.path("dense/checkpoint.safetensors"), place.path("other.safetensors"));
  std::filesystem::remove(place.path("dense/model.pare"));  // what is left is a checkpoint: another file
  const Result other = place.train("cut", {"--set", kTaught, "--threads", "1", "--resume"});
  CHECK(other.exit_code == 3);
  CHECK_MESSAGE(contains(other.err, "was taught by other files"), other.err);
  write_file_atomically(place.path("dense/model.pare"), model);
  place.train_well("cut", {"--set", kTaught, "--threads", "1", "--resume"});
  CHECK(contents(place.path("cut/model.pare")) == whole);
}

TEST_CASE("distillation: its own teacher is trained first, in one command") {
  const School place;
  const Arguments own{"--set", R"(teacher={"model":"own"})", "--set", "epochs=3"};
  place.train_well("run", own);
  CHECK(place.json("run/teacher/config.json").find("compress")->find("method")->string() == "none");
  CHECK(place.json("run/teacher/config.json").find("teacher")->is_null());
  CHECK(place.json("run/config.json").find("teacher")->find("model")->string() == "run/teacher");
  place.train_well("by_hand", {"--set", R"(teacher={"model":"run/teacher"})", "--set", "epochs=3"});
  CHECK(contents(place.path("run/model.pare")) == contents(place.path("by_hand/model.pare")));
  CHECK(place.train("run", own).exit_code == 2);  // holds a run

  // Interrupted while the teacher is trained, and again while the network itself is.
  Arguments resumed(own);
  resumed.push_back("--resume");
  {
    Program program(place.directory.path(), place.training("cut", own));
    program.signal_at(place.path("cut/teacher/metrics.jsonl"), 1, SIGTERM);
    const Result result = program.wait();
    REQUIRE(result.exit_code == 130);
    CHECK_MESSAGE(contains(result.err, "--out cut --resume goes on"), result.err);
  }
  {
    Program program(place.directory.path(), place.training("cut", resumed));
    program.signal_at(place.path("cut/metrics.jsonl"), 1, SIGTERM);
    REQUIRE(program.wait().exit_code == 130);
  }
  place.train_well("cut", resumed);
  CHECK(contents(place.path("cut/model.pare")) == contents(place.path("run/model.pare")));
  CHECK(contains(place.train("cut", resumed).out, "cut is already finished"));
  // Longer: the teacher stays who it was.
  const std::string teacher = contents(place.path("cut/teacher/model.pare"));
  place.train_well("cut", {"--set", R"(teacher={"model":"own"})", "--set", "epochs=4", "--resume"});
  CHECK(contents(place.path("cut/teacher/model.pare")) == teacher);
  CHECK(place.json("cut/summary.json").find("epochs")->number() == 4);
}

TEST_CASE("distillation: a teacher that cannot be one is refused before anything is written") {
  const School place;
  place.train_teacher();
  place.refuses({"--set", R"(teacher={"model":"nowhere.pare"})"}, 3, {"nowhere.pare"});
  place.refuses({"--set", R"(teacher={"model":[]})"}, 2, {"teacher.model", "a file or a run's directory"});
  place.refuses({"--set", R"(teacher={"model":["dense","own"]})"}, 2, {"teacher.model[1]", "\"own\""});
  place.refuses({"--set", "teacher.temperature=4"}, 2, {"teacher.model"});
  place.refuses({"--set", R"(teacher={"model":"dense","weight":1.5})"}, 2, {"teacher.weight", "[0, 1]"});
  // Another set of the same shapes: its classes have other names.
  std::filesystem::rename(place.path("data/fashion-mnist"), place.path("data/mnist"));
  place.refuses({"--set", "data.name=mnist", "--set", R"(teacher={"model":"dense"})"}, 2,
                {"dense/model.pare", "T-shirt/top", "the same outputs in the same order"});
  std::filesystem::rename(place.path("data/mnist"), place.path("data/fashion-mnist"));
  const Result bench = run_program(place.directory.path(), {"bench", "tiny.json", "--data-dir", "data",
                                                            "--set", R"(teacher={"model":"own"})"});
  CHECK(bench.exit_code == 2);
  CHECK_MESSAGE(contains(bench.err, "teacher.model: own"), bench.err);
}
