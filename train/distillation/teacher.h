// Teacher: trained networks whose outputs another one learns to give, on the same augmented batches, besides
// the examples' own answers (Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015).
#pragma once

#include <memory>

#include "layers/network/executor.h"
#include "optim/schedule.h"
#include "train/distillation/teacher_config.h"
#include "train/model_file.h"

namespace pare {

class Teacher {
 public:
  // Reads the models, which compute in `precision` from then on. `spec` is that of the data, and `task` that
  // of the network that learns. Throws Failure::Usage naming a model that is for other inputs or outputs,
  // Failure::Data one that cannot be read. `task` outlives the teacher.
  Teacher(TeacherConfig config, const Spec& spec, const Task& task, DType precision);

  // The loss of a step that imitates: (1 - w) task_loss + w T^2 KL, in the words of the config. `outputs` are
  // those of the network that learns, for this batch.
  Var guided(Tape& tape, const Var& task_loss, const Var& outputs, const Batch& batch,
             const Position& position) const;
  // What it asks the outputs to be: (N,K) f32, the mean over the models of the task's soft targets.
  Tensor targets(const Batch& batch) const;
  // Its weight w in the step at this position.
  float weight(const Position& position) const;

  int64_t flops() const;                              // of one example: the models' forward passes
  uint32_t fingerprint() const { return checksum_; }  // of the models' files
  std::string said() const;                           // for people, in one line

 private:
  struct Model {
    std::string path;
    ModelFile file;
    std::unique_ptr<Executor> executor;  // of the file's network
  };
  void add(const std::string& path);
  Tensor outputs_of(const Model& model, const Tensor& inputs) const;

  TeacherConfig config_;
  Spec spec_;
  const Task& task_;
  DType precision_;
  std::vector<Model> models_;
  uint32_t checksum_ = 0;
};

}  // namespace pare
