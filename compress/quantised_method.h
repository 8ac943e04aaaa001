// QuantisedMethod: the base of methods whose weights are integers times steps: how the network becomes that
// of its file.
#pragma once

#include "compress/method.h"

namespace pare {

class QuantisedMethod : public Method {
 public:
  // Folds batch norm, rounds steps and biases to the grid, and removes the channels that are zero then.
  void finish(Network& network) override;
  int grids() const override;
  int grid() const override { return grid_; }
  void use_grid(int grid) override { grid_ = grid; }

 protected:
  // The grid in the state of a method: the nearest there is.
  void restore_grid(double grid);

 private:
  int grid_ = 2;
};

}  // namespace pare
