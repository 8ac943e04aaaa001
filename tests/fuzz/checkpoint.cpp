#include "train/run/checkpoint.h"

#include "framework/config/config.h"
#include "layers/network/executor.h"
#include "tests/fuzz/finding.h"

// A checkpoint is loaded, its config read, a network brought to its channels and values, and run.
void pare::fuzz::checkpoint(std::span<const uint8_t> bytes) {
  const MemoryFile file(bytes);
  accepts([&] {
    const Checkpoint checkpoint = load_checkpoint(file.path());
    RunConfig config = read_config<RunConfig>(checkpoint.config, "fuzz", Failure::Data);
    const std::unique_ptr<Method> method = config.compress->make();
    const WeightMaker maker = method->weights(Initialiser::Zeros);
    const WeightMaker small = [&](const WeightSite& site) {
      require(site.shape.count() <= 1 << 12, Failure::Data, "too large to try out");
      return maker(site);
    };
    Network network(config.network, {8, 8, 1}, small, 1);
    method->start(network);
    restore(network, checkpoint);
    if (checkpoint.progress.targets &&
        std::ssize(checkpoint.progress.targets->mean) == network.output().count())
      to_units_of_data(network, *checkpoint.progress.targets);
    method->restore(checkpoint.progress.method);
    int64_t numbers = 0;
    for (const Network::Node& node : network.nodes()) numbers += node.layer->output().count();
    require(numbers <= 1 << 16, Failure::Data, "too large to try out");
    Executor(network, DType::F32).run(Tensor::zeros({1, 8, 8, 1}));
  });
}
