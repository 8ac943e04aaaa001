#include "train/config/data_config.h"

#include "framework/config/config.h"
#include "framework/config/override.h"

namespace pare {
namespace {

constexpr Word<LastBatch> kLastBatches[] = {{"drop", LastBatch::Drop}, {"keep", LastBatch::Keep}};
constexpr Word<Sampling> kSamplings[] = {{"each", Sampling::Each}, {"balanced", Sampling::Balanced}};

}  // namespace

void AugmentConfig::describe(Fields& fields) {
  fields.integer("shift", shift, Range::between(0, 64),
                 "moves each image by up to this many pixels each way");
  fields.flag("flip", flip, "mirrors each image left to right with probability 1/2");
  fields.integer("cutout", cutout, Range::between(0, 64),
                 "side of a square that is cut out of each image, with its centre anywhere in it");
  fields.number("rotate", rotate, Range::between(0, 180),
                "turns each image by up to this many degrees each way");
  fields.number("scale", scale, Range::between(0, 0.9),
                "makes each image larger or smaller: by a factor from 1 - scale to 1 + scale");
  fields.number("contrast", contrast, Range::between(0, 1),
                "multiplies normalised inputs by a factor from 1 - contrast to 1 + contrast");
  fields.number("brightness", brightness, Range::between(0, 10),
                "adds up to this much each way to normalised inputs, in their deviations");
  fields.number("mixup", mixup, Range::between(0, 4),
                "blends pairs of a batch, inputs and what they ask for, by a share drawn of Beta(mixup, "
                "mixup): 0.2 a little, 1 much");
  fields.integer("time_shift", time_shift, Range::between(0, 1 << 16),
                 "moves each input by up to this many rows, which are moments of sounds and of windows over "
                 "time, and repeats its first or last row");
  fields.integer("time_mask", time_mask, Range::between(0, 1 << 16),
                 "masks 0 to this many rows in one piece anywhere");
  fields.integer("band_mask", band_mask, Range::between(0, 1 << 16),
                 "masks 0 to this many columns, which are a sound's bands, in one piece anywhere");
}

void DataConfig::describe(Fields& fields) {
  fields.choice("name", name, dataset_names(), "data set that Pare knows", Need::IfAny);
  fields.variant("source", source, source_table(), "instead of `name`: your own files (your-data.md)",
                 Need::IfAny);
  fields.not_both("name", "source");
  if (source) name.clear();
  fields.integer("batch", batch, Range::between(1, 1 << 20), "images a step");
  fields.integer("validation", validation, Range::at_least(0),
                 "training examples set aside to watch the training, where they are of groups "
                 "(data.source.group): as many whole groups as it takes");
  fields.integer("per_class", choice.per_class, Range::at_least(0),
                 "so many training examples of each class are learnt from; 0: all");
  fields.integer("draw", choice.draw, Range::at_least(0), "which ones per_class draws");
  fields.texts("without", choice.without, "classes of which no training example is learnt from");
  fields.choice("last_batch", last_batch, std::span(kLastBatches),
                "what happens to an epoch's last, smaller batch");
  fields.choice(
      "sampling", sampling, std::span(kSamplings),
      "what an epoch is made of: each example once, or as many in all, of each class the same number");
  fields.flag("normalise", normalise, "pixels to mean 0 and deviation 1; otherwise they lie in 0 to 1");
  fields.integer("order_seed", order_seed, Range::at_least(0),
                 "of the order and the changes of training images; 0: the run's seed");
  fields.section("augment", augment, "random changes to training images");
}

namespace {

struct DataSection {
  DataConfig data;
  void describe(Fields& fields) { fields.section("data", data, "what to learn from"); }
};

DataConfig with(Json json, const std::vector<std::string>& overrides) {
  for (const std::string& assignment : overrides) apply_override(json, assignment);
  return read_config<DataSection>(json, "--set").data;
}

}  // namespace

DataConfig guessed_data(const std::string& place, const std::vector<std::string>& overrides) {
  DataSection guess;
  guess.data.name.clear();
  guess.data.source = recognise_source(place);
  if (overrides.empty()) return guess.data;
  const Json guessed = write_config(guess);
  // The same kind with nothing guessed yet but where the files are.
  guess.data.source = choose(source_table(), guess.data.source.kind);
  Json given = write_config(guess);
  for (const auto& [key, value] : guessed.find("data")->find("source")->members())
    if (value.is_string() && value.string() == place) given.find("data")->find("source")->set(key, value);
  guess.data = with(std::move(given), overrides);
  guess.data.source->recognise(place);
  return with(write_config(guess), overrides);
}

Dataset load_data(const DataConfig& config, const std::string& data_directory, Part part) {
  return config.source ? config.source->load(data_directory)
                       : load_dataset(config.name, data_directory, part);
}

}  // namespace pare
