#include "train/distillation/teacher.h"

#include <limits>

#include "framework/autograd/ops.h"
#include "framework/config/suggest.h"
#include "framework/files/bytes.h"
#include "framework/files/file.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "train/model_data.h"
#include "train/run/run_directory.h"
#include "train/metrics/progress.h"

namespace pare {
namespace {

bool same(const Normalisation& a, const Normalisation& b) {
  return a.mean == b.mean && a.deviation == b.deviation;
}

// Inputs (N,H,W,C) in f32 that were normalised one way, as if they had been normalised another way.
Tensor renormalised(const Tensor& inputs, const Normalisation& from, const Normalisation& to) {
  Tensor again = inputs.to(DType::F32).clone();
  const auto channels = static_cast<size_t>(from.channels());
  std::vector<float> factor, shift;
  for (size_t c = 0; c < channels; ++c) {
    factor.push_back(from.deviation[c] / to.deviation[c]);
    shift.push_back((from.mean[c] - to.mean[c]) / to.deviation[c]);
  }
  float* const numbers = again.data<float>();
  for (int64_t i = 0; i < again.size(); ++i) {
    const auto c = static_cast<size_t>(i) % channels;
    numbers[i] = numbers[i] * factor[c] + shift[c];
  }
  return again;
}

// Names of classes, in the order of the outputs, or of the numbers.
const std::vector<std::string>& names_of(const Spec& spec) {
  return spec.classes.empty() ? spec.values : spec.classes;
}

}  // namespace

Teacher::Teacher(TeacherConfig config, const Spec& spec, const Task& task, DType precision)
    : config_(std::move(config)), spec_(spec), task_(task), precision_(precision) {
  for (const std::string& path : config_.models) add(path);
}

void Teacher::add(const std::string& path) {
  const std::string file = RunDirectory::model_at(path), where = "teacher.model: " + file;
  Model model{file, open_model(file, ""), nullptr};
  const Spec& its = model.file.spec;
  require_fits(where, model.file, spec_);
  require(its.gives == spec_.gives && names_of(its) == names_of(spec_), Failure::Usage, where, ": gives ",
          comma_list(names_of(its)), ", but ", spec_.data, " asks for ", comma_list(names_of(spec_)),
          "; a teacher is a network trained for the same outputs in the same order");
  require(spec_.gives != Outputs::Inputs || same(its.normalisation, spec_.normalisation), Failure::Usage,
          where,
          ": gives inputs normalised in another way than this run does; train it on the same examples");
  model.executor = std::make_unique<Executor>(*model.file.network, precision_);
  const std::vector<uint8_t> bytes = read_file(file, std::numeric_limits<uint64_t>::max());
  checksum_ = 31 * checksum_ + crc32_of(bytes);
  models_.push_back(std::move(model));
}

Tensor Teacher::outputs_of(const Model& model, const Tensor& inputs) const {
  const Normalisation& its = model.file.spec.normalisation;
  if (same(its, spec_.normalisation)) return model.executor->run(inputs.to(precision_));
  return model.executor->run(renormalised(inputs, spec_.normalisation, its).to(precision_));
}

Tensor Teacher::targets(const Batch& batch) const {
  const auto temperature = static_cast<float>(config_.temperature);
  Tensor mean;
  for (const Model& model : models_) {
    Tensor targets = task_.soft_targets(outputs_of(model, batch.inputs), temperature);
    if (mean)
      accumulate(mean, targets);
    else
      mean = std::move(targets);
  }
  if (models_.size() > 1) scale(mean, 1 / static_cast<float>(models_.size()));
  return mean;
}

float Teacher::weight(const Position& position) const {
  const double left = 1 - static_cast<double>(position.step) / static_cast<double>(position.total);
  return static_cast<float>(config_.weight * (config_.fade ? left : 1));
}

Var Teacher::guided(Tape& tape, const Var& task_loss, const Var& outputs, const Batch& batch,
                    const Position& position) const {
  const Tensor asked = targets(batch);
  tape.note_time("teacher");
  const Var imitation = task_.imitation_loss(tape, outputs, asked, static_cast<float>(config_.temperature));
  const float share = weight(position);
  return add_scaled(tape, scaled(tape, task_loss, 1 - share), imitation, share);
}

int64_t Teacher::flops() const {
  int64_t total = 0;
  for (const Model& model : models_) total += 2 * model.file.network->multiply_adds();
  return total;
}

std::string Teacher::said() const {
  std::string names;
  for (const Model& model : models_) names += (names.empty() ? "" : ", ") + model.path;
  return text("teacher: ", names, ", ", with_thousands(flops() / 2), " multiply-adds an example");
}

}  // namespace pare
