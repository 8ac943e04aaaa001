// Schedule: the factor on every learning rate, as a function of how much of the training is done.
#pragma once

#include "framework/config/fields/fields.h"

namespace pare {

// Where a run is, in steps.
struct Position {
  int64_t step = 0;             // steps done
  int64_t total = 1;            // steps of the whole run
  int64_t steps_per_epoch = 1;  // to turn lengths into steps
};

class ScheduleConfig : public Described {
 public:
  // The factor of the step that comes next.
  virtual double factor(const Position& position) const = 0;
};

// The schedules Pare knows, by name. A new one is one row in table.cpp.
const Table<ScheduleConfig>& schedule_table();

}  // namespace pare
