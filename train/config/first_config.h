// A config to begin with, for data of one's own.
#pragma once

#include "framework/json/json.h"
#include "train/config/data_config.h"

namespace pare {

// A small self-compressing network for such inputs and such a task, as an object to write into a file: of
// `data` only what is not so by itself. `found`: what `data` loads.
Json first_config(const DataConfig& data, const Dataset& found);

}  // namespace pare
