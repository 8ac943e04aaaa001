// Method: a way of making a network smaller while it trains: the kind of Weight its layers get, terms of the
// loss, and what happens after steps.
#pragma once

#include "layers/network/network.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

namespace pare {

class Method {
 public:
  virtual ~Method() = default;

  virtual WeightMaker weights(Initialiser initialiser) const = 0;
  // Adds the groups that move this method's own kinds of parameters.
  virtual void add_optimizers(Optimizers&) const {}

  // The network is built; remembers what it was at the start. Called once, before any channel leaves.
  virtual void start(Network&) {}
  // Called before each forward pass of training: sets in `pass` what loss() will need of it.
  virtual void prepare(Pass&) const {}
  // The task loss with this method's terms added.
  virtual Var loss(const Pass&, Network&, const Var& task_loss, const Position&) { return task_loss; }
  // Called before each optimiser step, while gradients are there; it may not change them.
  virtual void after_backward(Network&, const Position&) {}
  // Called after each optimiser step.
  virtual void after_step(Network&, const Position&) {}
  // For methods with a target size: the steps between two measurements of the file's size (0: never), and a
  // call with each measured size.
  virtual int64_t size_interval(const Position&) const { return 0; }
  virtual void observe_size(int64_t, const Position&) {}
  virtual int64_t target_bytes() const { return 0; }  // the most the file may have; 0: no matter
  // What the method itself remembers between steps, for checkpoints.
  virtual std::vector<double> state() const { return {}; }
  virtual void restore(std::span<const double>) {}
  // Called once when training is over: brings the network into the form that its file will hold.
  virtual void finish(Network&) {}
  // The grid that finish() rounds to: 0, the finest, to grids() - 1. The run chooses it by validation.
  virtual int grids() const { return 1; }
  virtual int grid() const { return 0; }
  virtual void use_grid(int) {}
};

class MethodConfig : public Described {
 public:
  virtual std::unique_ptr<Method> make() const = 0;
};

// The methods Pare knows, by name. A new one is one row in table.cpp.
const Table<MethodConfig>& method_table();

}  // namespace pare
