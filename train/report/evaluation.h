// What an evaluation found, for evaluation.json, the report and `pare eval --json --confusion`.
#pragma once

#include "framework/data/source.h"
#include "train/task/task.h"

namespace pare {

// {"examples", "metrics": {name: value}, the tally's details, "worst": worst_examples}. `source`: what was
// evaluated, in order.
Json evaluation_json(const Task& task, const Score& score, const Spec& spec, const Source& source);

}  // namespace pare
