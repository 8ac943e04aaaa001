// Experiment: the objects that a config describes: data, task, network, method, optimisers.
#pragma once

#include <functional>

#include "compress/packed/packed_model.h"
#include "framework/data/split.h"
#include "framework/parallel/context.h"
#include "train/config/run_config.h"
#include "train/distillation/teacher.h"
#include "train/task/evaluate.h"
#include "train/trainer.h"

namespace pare {

class Experiment {
 public:
  // Wraps the method's maker of weights, so as to refuse a network of too many.
  using Guard = std::function<WeightMaker(WeightMaker)>;

  // Loads the data and builds the network. Errors name what does not fit.
  Experiment(RunConfig config, const std::string& data_directory, Guard guard = {});
  Experiment(RunConfig&& config, Dataset data, Guard guard = {});  // on data that is already there

  // Builds the network anew, with first weights drawn from this seed.
  void build_network(uint64_t seed);

  RunConfig& config() { return config_; }
  const RunConfig& config() const { return config_; }
  // What it computes in: the config's threads and algorithms. Code that trains it or evaluates its network
  // enters this.
  const Context& context() const { return context_; }
  Network& network() { return *network_; }
  Method& method() { return *method_; }
  const Spec& spec() const { return data_.spec; }

  const Source& training_examples() const { return *data_.train; }
  const Source& test_examples() const { return *data_.test; }
  const std::string& data_folder() const { return data_.folder; }
  const std::vector<std::string>& data_notes() const { return data_.notes; }  // what its reader found
  Batches training_batches() const;
  Batches validation_batches(DType precision) const;
  Batches test_batches(DType precision) const;
  // Of networks in training; task().of_files() is that of what a file gives.
  const Task& task() const { return *task_; }
  // Whom the network imitates; nullptr: nobody.
  const Teacher* teacher() const { return teacher_.get(); }
  Optimizers optimizers() const;
  // Of this network with fresh optimisers. Throws Failure::Usage when its own teacher is still to be trained.
  Trainer trainer();
  const ScheduleConfig& schedule() const { return *config_.schedule; }
  int64_t total_steps() const;

  // Throws Failure::Diverged naming a number of the network that is infinite or none at all.
  void require_finite();

  // Brings a network of this experiment, whose training is over, into the form that its file will hold.
  void finish(Network& network);
  // Writes the network, which is finished, to this file, and tells what the file gives: read back, on the
  // test images, in f32 as `pare eval` reads it.
  struct Written {
    Score score;
    int64_t bytes;
  };
  Written write_model(const std::string& path, const Watcher& watcher = {});
  // The same of a file that is there.
  Written score_of_file(const std::string& path, const Watcher& watcher = {}) const;
  std::vector<uint8_t> packed() { return pack_model(spec(), *network_); }
  // The file if training ended now: its bytes, and the network it gives when read back. The run's own network
  // is left as it is.
  struct Snapshot {
    std::unique_ptr<Network> network;
    std::vector<uint8_t> bytes;
  };
  Snapshot snapshot();

  int64_t original_weights() const { return original_weights_; }
  int64_t original_parameters() const { return original_parameters_; }
  int64_t original_flops() const { return original_flops_; }  // of one image's training step

 private:
  void require_usable_early_stop();

  RunConfig config_;
  Context context_;
  Guard guard_;
  Dataset data_;
  Split split_;
  std::unique_ptr<Task> task_;
  std::unique_ptr<const Teacher> teacher_;
  std::unique_ptr<Method> method_;
  std::unique_ptr<Network> network_;
  int64_t original_weights_ = 0, original_parameters_ = 0, original_flops_ = 0;
};

}  // namespace pare
